/** Sessions that are not there any more: deleted elsewhere, or somebody else's. */
import { element } from "../element.js";
import { NotFoundError, PermissionDeniedError } from "../vendor/palaver-client.min.js";

/** @typedef {import("../desk.js").Desk} Desk */

/**
 * Whether an error says that its session is not there.
 *
 * @param {unknown} error
 */
export function isGone(error) {
  return (error instanceof NotFoundError && error.code === "session_not_found") || error instanceof PermissionDeniedError;
}

/**
 * Tell that something went wrong with a session; where it is not there any more, that alone.
 *
 * @param {Desk} desk
 * @param {string} id
 * @param {unknown} error
 * @param {string} [what] what was tried
 */
export function failed(desk, id, error, what) {
  if (isGone(error)) desk.sessionRemoved(id);
  else desk.fail(error, what);
}

/**
 * What stands in the place of a session that is not there.
 *
 * @param {boolean} isKept whether there is something that was not said
 */
export function nothingHere(isKept) {
  return element(
    "section",
    { class: "card" },
    element("h1", {}, "This session is not there"),
    element("p", {}, "It was deleted, or it belongs to somebody else."),
    isKept && element("p", {}, "What you wrote and did not send yet is kept for a new session."),
    element("a", { class: "button primary", href: "#/" }, "New session"),
  );
}
