/** One message of a conversation: who says it, what, how it ended, and what it rests on. */
import { button, element, freshId } from "../element.js";
import { momentOf, timeOf } from "../time.js";
import { linkNumbers, sourceList } from "./sources.js";
import { Text } from "./text.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").MessageStatus} MessageStatus */
/** @typedef {import("../vendor/palaver-client.min.js").Role} Role */
/** @typedef {import("../vendor/palaver-client.min.js").HistoryMessage} HistoryMessage */
/** @typedef {import("../vendor/palaver-client.min.js").Message} Message */
/** @typedef {import("../vendor/palaver-client.min.js").Source} Source */

/**
 * How an answer that is not whole is told. A newer server may know more.
 *
 * @type {Record<string, string>}
 */
const ENDS = {
  in_progress: "",
  complete: "",
  cancelled: "Stopped. This is what there was.",
  failed: "This answer failed before its end.",
};

/** Milliseconds that making more of an answer may take, frame after frame. */
const EASY = 8;
/** What takes longer is followed by so many times its length in which others have their turn. */
const PAUSE = 5;
const LONGEST_PAUSE = 2_000;

/**
 * Why an answer failed, where the server has to be asked for it.
 *
 * @typedef {object} Reason
 * @property {(messageId: string) => Promise<string>} of
 * @property {boolean} isNear whether that is found without reading much
 */

/** A message that is shown. */
export class ShownMessage {
  #desk;
  #reason;
  #body;
  #foot;
  #head;
  #label;
  /** What an answer says, as far as it is known. @type {Text | undefined} */
  #written;
  /** @type {Source[]} */
  #sources = [];
  #frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** When the next piece is shown at the earliest. */
  #due = 0;
  #why = "";

  /**
   * @param {Desk} desk
   * @param {{ role: Role, name: string | null, summary?: boolean }} who
   * @param {Reason} [reason] for one that is stored
   */
  constructor(desk, { role, name, summary = false }, reason) {
    this.#desk = desk;
    this.#reason = reason;
    this.#label = freshId("message");
    const said = role === "user" ? name ?? "You" : name ?? "Palaver";
    this.#head = element(
      "h2",
      { class: "message-head", id: this.#label },
      element("bdi", { class: "message-name" }, said),
      summary && element("span", { class: "status" }, "Summary"),
    );
    this.#body = element("div", { class: "message-body" });
    this.#foot = element("div", { class: "message-foot" });
    this.element = element(
      "article",
      { class: `message ${role}`, "aria-labelledby": this.#label },
      this.#head,
      this.#body,
      this.#foot,
    );
  }

  /** Its place in the session; -1 as long as nobody knows. */
  seq = -1;
  id = "";

  /** Whether it is being written. */
  get isGrowing() {
    return this.element.hasAttribute("aria-busy");
  }

  get text() {
    return this.#written?.text ?? this.#body.textContent ?? "";
  }

  /** Whether it says more than what is stored. */
  get isExplained() {
    return this.#why !== "";
  }

  /** It is not seen any more: make nothing more of it. */
  rest() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = 0;
    this.#timer = undefined;
  }

  /**
   * Show it as it is stored.
   *
   * @param {HistoryMessage | Message} message
   */
  show(message) {
    this.seq = message.seq;
    this.id = message.id;
    this.element.id = `seq-${message.seq}`;
    this.#moment("timestamp" in message ? message.timestamp : message.created_at);
    this.#stopGrowing();
    if (message.role === "user") {
      // What people type is shown as they typed it.
      this.#body.textContent = message.content;
    } else {
      this.#written ??= new Text(this.#body);
      this.#written.finish(message.content);
    }
    this.#sources = [...message.sources];
    this.end(message.status);
  }

  /**
   * The text of what is not stored yet.
   *
   * @param {string} text
   */
  showText(text) {
    this.#body.textContent = text;
  }

  /** It is being written. */
  start() {
    this.#body.replaceChildren();
    this.#written = new Text(this.#body);
    this.element.setAttribute("aria-busy", "true");
    this.element.classList.add("is-growing");
  }

  /**
   * The next piece of it.
   *
   * @param {string} text
   * @param {() => void} grown called once that is to be seen
   */
  grow(text, grown) {
    if (!this.isGrowing) this.start();
    this.#written?.add(text);
    if (this.#frame || this.#timer !== undefined) return;
    const wait = this.#due - performance.now();
    const show = () => {
      this.#timer = undefined;
      this.#frame = requestAnimationFrame(() => this.#show(grown));
    };
    if (wait > 0) this.#timer = setTimeout(show, wait);
    else show();
  }

  /** @param {Source} source */
  addSource(source) {
    if (!this.#sources.some((known) => known.number === source.number)) this.#sources.push(source);
  }

  /**
   * It ended.
   *
   * @param {MessageStatus} status
   * @param {string} [why]
   */
  end(status, why) {
    if (status === "in_progress") {
      this.start();
      return;
    }
    this.#stopGrowing();
    this.#show(() => {});
    // What went wrong is told by the event, or by the run; what is stored does not say it.
    if (why) this.#why = why;
    const note = status === "failed" && this.#why ? this.#why : ENDS[status];
    this.#foot.replaceChildren(
      ...(this.#sources.length > 0 ? [sourceList(this.#desk, this.#sources)] : []),
      ...(note ? [element("p", { class: `message-note ${status}` }, note)] : []),
    );
    if (status === "failed" && !this.#why && this.#reason) this.#offerReason(this.#reason);
  }

  /** Say why it failed, or how to find out. @param {Reason} reason */
  #offerReason(reason) {
    const ask = button("Why?", () => void explain(), { class: "plain small" });
    const explain = async () => {
      ask.disabled = true;
      try {
        const why = await reason.of(this.id);
        if (why) this.end("failed", `This answer failed: ${why}`);
        else ask.replaceWith(" The server does not know why any more.");
      } catch (error) {
        ask.disabled = false;
        if (ask.isConnected) this.#desk.fail(error);
      }
    };
    if (reason.isNear) void explain();
    else this.#foot.lastElementChild?.append(" ", ask);
  }

  /** @param {string} words @param {...Node} more */
  note(words, ...more) {
    this.#foot.replaceChildren(element("p", { class: "message-note failed" }, words, ...more));
  }

  #stopGrowing() {
    this.rest();
    this.element.removeAttribute("aria-busy");
    this.element.classList.remove("is-growing");
  }

  /** Show what is there of the text, and what is too much for one frame in the next ones. @param {() => void} shown */
  #show(shown) {
    this.#frame = 0;
    const begun = performance.now();
    const isMore = this.#written?.show() ?? false;
    shown();
    if (isMore) this.#frame = requestAnimationFrame(() => this.#show(shown));
    else if (this.#written && !this.isGrowing) linkNumbers(this.#desk, this.#body, this.#sources);
    // Layout and painting come after this, and before what waits for no time at all.
    setTimeout(() => {
      const now = performance.now();
      this.#due = now + Math.min(LONGEST_PAUSE, PAUSE * (now - begun - EASY));
    });
  }

  /** @param {string} moment */
  #moment(moment) {
    if (this.#head.querySelector("time")) return;
    this.#head.append(element("time", { datetime: moment, title: momentOf(moment) }, timeOf(moment)));
  }
}
