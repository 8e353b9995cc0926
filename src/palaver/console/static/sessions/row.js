/** One session of the list: its link, and what can be done with it. */
import { confirmed } from "../dialog.js";
import { button, element } from "../element.js";
import { icon } from "../icons.js";
import { timeOf } from "../time.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").Session} Session */

/**
 * @param {Desk} desk
 * @param {Session} session
 * @param {object} how
 * @param {boolean} how.choosing whether it can be chosen, and nothing else
 * @param {boolean} how.chosen
 * @param {boolean} how.here whether it is the one that is shown
 * @param {(is: boolean) => void} how.pick
 * @param {() => void} how.written called when a title is written no more
 */
export function sessionRow(desk, session, { choosing, chosen, here, pick, written }) {
  const row = element("li", {
    class: "session",
    "data-id": session.session_id,
    "data-title": session.title,
    "data-moment": session.last_activity,
    "data-choosing": choosing,
    "data-here": String(here),
  });
  row.dataset.choosing = String(choosing);
  if (choosing) {
    const box = element("input", { type: "checkbox", checked: chosen, onchange: () => pick(box.checked) });
    row.append(element("label", { class: "choice session-link" }, box, element("span", {}, session.title)));
    return row;
  }

  function showLink() {
    const link = element(
      "a",
      { class: "session-link", href: `#/sessions/${encodeURIComponent(session.session_id)}`, "aria-current": here && "page" },
      element("span", { class: "session-title" }, session.title),
      element("small", {}, timeOf(session.last_activity)),
    );
    row.replaceChildren(
      link,
      element(
        "span",
        { class: "session-tools" },
        tool("pencil", "Rename", showForm),
        tool("bin", "Delete", () => void removeSession(desk, session)),
      ),
    );
    return link;
  }

  function showForm() {
    const title = element("input", { value: session.title, maxlength: 200, required: true, "aria-label": "Title" });
    const form = element("form", { class: "session-form" }, title);
    let done = false;
    /** @param {boolean} keep @param {boolean} stay whether the keyboard goes on here */
    const close = (keep, stay) => {
      if (done) return;
      done = true;
      const wanted = title.value.trim();
      const link = showLink();
      if (stay) link.focus();
      written();
      if (keep && wanted && wanted !== session.title) void rename(desk, session.session_id, wanted);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      close(true, true);
    });
    title.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        close(false, true);
      }
    });
    title.addEventListener("blur", () => close(true, false));
    row.replaceChildren(form);
    title.select();
  }

  /** @param {import("../icons.js").Icon} sign @param {string} what @param {() => void} press */
  function tool(sign, what, press) {
    const made = button("", press, {
      class: "plain small",
      "aria-label": `${what} ${session.title}`,
      title: what,
    });
    made.append(icon(sign));
    return made;
  }

  showLink();
  return row;
}

/**
 * Gives a session another title.
 *
 * @param {Desk} desk
 * @param {string} id
 * @param {string} title
 */
export async function rename(desk, id, title) {
  try {
    const renamed = await desk.client.renameSession({ session_id: id, title });
    desk.sessionChanged(renamed);
  } catch (error) {
    desk.fail(error, "The session was not renamed.");
  }
}

/**
 * Deletes a session, once that was confirmed.
 *
 * @param {Desk} desk
 * @param {{ session_id: string, title: string }} session
 */
export async function removeSession(desk, session) {
  const sure = await confirmed(
    `Delete “${session.title}”?`,
    "Its messages and slides are lost.",
    "Delete session",
  );
  if (!sure) return;
  try {
    await desk.client.deleteSession({ session_id: session.session_id });
  } catch (error) {
    if (/** @type {{ status?: number }} */ (error).status !== 404) {
      desk.fail(error, "The session was not deleted.");
      return;
    }
  }
  leave(desk, session.session_id);
  desk.say("The session was deleted.");
}

/**
 * A session was deleted here: whoever looks at it begins a new one.
 *
 * @param {Desk} desk
 * @param {string} id
 */
export function leave(desk, id) {
  desk.sessionRemoved(id);
  if (location.hash === `#/sessions/${encodeURIComponent(id)}`) desk.go("#/");
}
