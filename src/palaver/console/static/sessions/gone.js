/** Sessions that are not there any more: deleted elsewhere, or somebody else's. */
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
