/** What the browser keeps of somebody's work, under that user's name: drafts, and runs that are followed. */

/** @typedef {import("./desk.js").Desk} Desk */

const BEGINNING = /^palaver\.(?:draft|run)\b/;

/**
 * The name under which something of the signed-in user is kept.
 *
 * @param {Desk} desk
 * @param {"draft" | "run"} what
 * @param {string} [sessionId] none for a session that is not made yet
 */
export function keptName(desk, what, sessionId = "") {
  return ["palaver." + what, encodeURIComponent(desk.user.name), sessionId].join("/");
}

/** Forget all of it: whoever comes next is somebody else. */
export function forgetKept() {
  for (const kind of /** @type {const} */ (["localStorage", "sessionStorage"])) {
    try {
      const storage = window[kind];
      for (const name of Object.keys(storage)) if (BEGINNING.test(name)) storage.removeItem(name);
    } catch {
      // A browser that keeps nothing has nothing to forget.
    }
  }
}
