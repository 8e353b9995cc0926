/** One session of the list: its link, and what can be done with it. */
import { confirmed } from "../dialog.js";
import { button, element, isolated } from "../element.js";
import { icon } from "../icons.js";
import { timeOf } from "../time.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").Session} Session */

/** A row of the list. What changes is written where it stands, for somebody may be pressing it. */
export class SessionRow {
  element = element("li", { class: "session" });
  #desk;
  #session;
  #written;
  #link = element("a", { class: "session-link" });
  #title = element("bdi", { class: "session-title" });
  #moment = element("small", {});
  #rename = this.#tool("pencil", "Rename", () => this.#showForm());
  #delete = this.#tool("bin", "Delete", () => void removeSession(this.#desk, this.#session));
  #box = element("input", { type: "checkbox" });
  #chosenTitle = element("bdi", { class: "session-title" });

  /**
   * @param {Desk} desk
   * @param {Session} session
   * @param {object} how
   * @param {boolean} how.choosing whether it can be chosen, and nothing else
   * @param {(is: boolean) => void} how.pick
   * @param {() => void} how.written called when a title is written no more
   */
  constructor(desk, session, { choosing, pick, written }) {
    this.#desk = desk;
    this.#session = session;
    this.#written = written;
    this.choosing = choosing;
    this.#link.append(this.#title, this.#moment);
    this.#box.addEventListener("change", () => pick(this.#box.checked));
    if (choosing) {
      this.element.append(element("label", { class: "choice session-link" }, this.#box, this.#chosenTitle));
    } else {
      this.#showLink();
    }
  }

  /**
   * @param {Session} session as it is now
   * @param {object} how
   * @param {boolean} how.chosen
   * @param {boolean} how.here whether it is the one that is shown
   */
  show(session, { chosen, here }) {
    this.#session = session;
    const { session_id: id, title, last_activity: moment } = session;
    Object.assign(this.element.dataset, { here: String(here), moment });
    this.#link.href = `#/sessions/${encodeURIComponent(id)}`;
    if (here) this.#link.setAttribute("aria-current", "page");
    else this.#link.removeAttribute("aria-current");
    this.#title.textContent = this.#chosenTitle.textContent = title;
    this.#moment.textContent = timeOf(moment);
    this.#rename.setAttribute("aria-label", `Rename ${title}`);
    this.#delete.setAttribute("aria-label", `Delete ${title}`);
    this.#box.checked = chosen;
  }

  /** Whether its title is being written. */
  get isWritten() {
    return this.element.querySelector("form") !== null;
  }

  #showLink() {
    this.element.replaceChildren(this.#link, element("span", { class: "session-tools" }, this.#rename, this.#delete));
  }

  #showForm() {
    const title = element("input", { value: this.#session.title, maxlength: 200, required: true, "aria-label": "Title" });
    const form = element("form", { class: "session-form" }, title);
    let done = false;
    /** @param {boolean} keep @param {boolean} stay whether the keyboard goes on here */
    const close = (keep, stay) => {
      if (done) return;
      done = true;
      const wanted = title.value.trim();
      this.#showLink();
      if (stay) this.#link.focus();
      this.#written();
      if (keep && wanted && wanted !== this.#session.title) void rename(this.#desk, this.#session.session_id, wanted);
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
    this.element.replaceChildren(form);
    title.select();
  }

  /** @param {import("../icons.js").Icon} sign @param {string} what @param {() => void} press */
  #tool(sign, what, press) {
    const made = button("", press, { class: "plain small", title: what });
    made.append(icon(sign));
    return made;
  }
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
    `Delete “${isolated(session.title)}”?`,
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
