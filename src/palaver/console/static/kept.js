/**
 * What the browser keeps of somebody's work, under that user's name: drafts, messages that are on
 * their way, half-written slides, what undoing leads to, and runs that are followed.
 */

/** @typedef {import("./desk.js").Desk} Desk */

const BEGINNING = /^palaver\.(?:draft|run|sent|slide|steps)\b/;

/**
 * The name under which something of the signed-in user is kept.
 *
 * @param {Desk} desk
 * @param {"draft" | "run" | "sent" | "slide" | "steps"} what
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

/**
 * What this tab keeps under a name; undefined where that is nothing, or nothing that makes sense.
 *
 * @param {string} name
 * @returns {any}
 */
export function keptOf(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keep something in this tab, also when it is loaded again.
 *
 * @param {string} name
 * @param {unknown} value nothing to forget it
 */
export function keep(name, value) {
  try {
    if (value === undefined) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Then it lives as long as the page.
  }
}
