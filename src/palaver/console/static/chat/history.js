/** The messages of a session: the newest ones first, and those before them as they are wanted. */
import { button, element } from "../element.js";
import { ShownMessage } from "./message.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").HistoryMessage} HistoryMessage */

const PAGE = 50;
/** So near to its end, a conversation is followed as it grows. */
const NEAR = 90;

/** The part of a history that is shown, in a place that scrolls. */
export class History {
  #desk;
  #sessionId;
  #scroller;
  #list = element("div", { class: "messages" });
  #first = 0;
  #next = 0;
  #loading = false;
  #earlier;
  #nearing;
  #resized;
  #top = 0;
  #follows = true;
  /** @type {Map<string, ShownMessage>} */
  #shown = new Map();

  /**
   * @param {Desk} desk
   * @param {string} sessionId
   * @param {HTMLElement} scroller
   */
  constructor(desk, sessionId, scroller) {
    this.#desk = desk;
    this.#sessionId = sessionId;
    this.#scroller = scroller;
    this.#earlier = button("Show earlier messages", () => void this.#loadEarlier(), {
      class: "plain small earlier",
      hidden: true,
    });
    scroller.replaceChildren(this.#earlier, this.#list);
    this.#nearing = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void this.#loadEarlier();
      },
      { root: scroller, rootMargin: "1500px 0px 0px" },
    );
    scroller.addEventListener("scroll", () => this.#scrolled());
    // Also what grows by itself, or the window: whoever was at the end stays there.
    this.#resized = new ResizeObserver(() => this.grown());
    this.#resized.observe(scroller);
    this.#resized.observe(this.#list);
  }

  /** Called with whether the end is in sight. @type {(follows: boolean) => void} */
  followed = () => {};

  /** The place of the next message that is not shown yet. */
  get next() {
    return this.#next;
  }

  get isEmpty() {
    return this.#list.children.length === 0;
  }

  /**
   * Load the newest messages. Returns those that are still being written.
   *
   * @returns {Promise<ShownMessage[]>}
   */
  async open() {
    const { data } = await this.#desk.client.getRecentSessionHistory({
      session_id: this.#sessionId,
      limit: PAGE,
    });
    this.#first = data.history[0]?.seq ?? 0;
    this.#next = this.#first + data.history.length;
    const shown = data.history.map((message) => this.#made(message));
    this.#list.replaceChildren(...shown.map((each) => each.element));
    this.toEnd();
    this.#earlier.hidden = this.#first === 0;
    this.#nearing.observe(this.#earlier);
    return shown.filter((each) => each.element.hasAttribute("aria-busy"));
  }

  /**
   * Load what was stored since. Messages that are shown under their ids already stay.
   *
   * @param {readonly ShownMessage[]} pending in the order in which they came, with ids if they have
   */
  async catchUp(pending) {
    const left = [...pending];
    for (let more = true; more; ) {
      const { data } = await this.#desk.client.getAgentSessionHistory({
        session_id: this.#sessionId,
        skip: this.#next,
        limit: PAGE,
      });
      for (const message of data.history) {
        const at = left.findIndex((each) => each.id === message.id || (each.id === "" && isUsers(each, message)));
        if (at >= 0) left.splice(at, 1)[0]?.show(message);
        else if (!this.#list.querySelector(`#seq-${message.seq}`)) this.add(this.#made(message));
        this.#next = Math.max(this.#next, message.seq + 1);
      }
      more = data.history.length === PAGE;
    }
  }

  /** The message with this id, if it is shown. @param {string} id */
  find(id) {
    return this.#shown.get(id);
  }

  /** @param {ShownMessage} message */
  add(message) {
    if (message.id) this.#shown.set(message.id, message);
    this.#list.append(message.element);
    this.grown();
  }

  /** Something became larger: whoever was at the end stays there. */
  grown() {
    if (this.#follows) this.toEnd();
  }

  toEnd() {
    this.#follows = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.followed(true);
  }

  close() {
    this.#nearing.disconnect();
    this.#resized.disconnect();
  }

  /** Only people scroll up; down, it also goes by itself. */
  #scrolled() {
    const { scrollTop } = this.#scroller;
    if (this.#atEnd()) this.#follows = true;
    else if (scrollTop < this.#top) this.#follows = false;
    this.#top = scrollTop;
    this.followed(this.#follows);
  }

  async #loadEarlier() {
    if (this.#loading || this.#first === 0) return;
    this.#loading = true;
    try {
      const skip = Math.max(0, this.#first - PAGE);
      const { data } = await this.#desk.client.getAgentSessionHistory({
        session_id: this.#sessionId,
        skip,
        limit: this.#first - skip,
      });
      this.#prepend(data.history.map((message) => this.#made(message).element));
      this.#first = skip;
      this.#earlier.hidden = this.#first === 0;
    } catch (error) {
      this.#desk.fail(error, "Earlier messages were not loaded.");
      return;
    } finally {
      this.#loading = false;
    }
    // It is told again whether the place is near, now that it has moved.
    this.#nearing.unobserve(this.#earlier);
    this.#nearing.observe(this.#earlier);
  }

  /** Put messages before the others, and leave what is read where it is. @param {Element[]} messages */
  #prepend(messages) {
    const top = this.#scroller.getBoundingClientRect().top;
    const anchor = [...this.#list.children].find((each) => each.getBoundingClientRect().bottom > top);
    const before = anchor?.getBoundingClientRect().top ?? 0;
    this.#scroller.style.overflowAnchor = "none";
    this.#list.prepend(...messages);
    if (anchor) this.#scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    requestAnimationFrame(() => {
      this.#scroller.style.overflowAnchor = "";
    });
  }

  /** @param {HistoryMessage} message */
  #made(message) {
    const made = new ShownMessage(this.#desk, {
      role: message.role,
      name: message.role === "user" ? null : message.agent_name,
      summary: message.summary,
    });
    made.show(message);
    this.#shown.set(message.id, made);
    return made;
  }

  #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }
}

/**
 * Whether a message that has no id yet is this one.
 *
 * @param {ShownMessage} shown
 * @param {HistoryMessage} message
 */
function isUsers(shown, message) {
  return message.role === "user" && shown.element.classList.contains("user") && shown.text === message.content;
}
