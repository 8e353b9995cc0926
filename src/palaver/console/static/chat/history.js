/**
 * The messages of a session, as many as there are near to what is seen. The place of the others is
 * kept, so that the bar beside them stands for the whole session.
 */
import { element } from "../element.js";
import { Archive } from "./archive.js";
import { Heights } from "./heights.js";
import { goBack, seenFirst } from "./mark.js";
import { ShownMessage } from "./message.js";
import { Reasons } from "./reasons.js";
import { failed } from "../sessions/gone.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").HistoryMessage} HistoryMessage */

/** So near to its end, a conversation is followed as it grows. */
const END = 90;
/** Messages are there this many screens before they are seen, and until they are this many away. */
const NEAR = 1;
const FAR = 2;
/** Milliseconds of a frame that may be spent on making messages. */
const SLICE = 10;
/** Milliseconds after which messages that were not loaded are tried again. */
const PAUSE = 2_000;
const LONGEST_PAUSE = 30_000;
/** Of no more messages than this, reading all of them is little. */
const FEW = 200;
/** Whether the browser itself leaves what is read where it is, however what is above it changes. */
const KEEPS_PLACE = CSS.supports("overflow-anchor", "auto");

/** The part of a history that is shown, in a place that scrolls. */
export class History {
  #desk;
  #sessionId;
  #reasons;
  #scroller;
  #archive;
  #heights = new Heights();
  #list = element("div", { class: "messages" });
  #above = element("div", { class: "unshown" });
  #below = element("div", { class: "unshown" });
  /** Those from `#from` on and before `#to` are in the page. */
  #from = 0;
  #to = 0;
  /** By their places; also some that are not in the page, but cannot be made anew. @type {Map<number, ShownMessage>} */
  #made = new Map();
  /** Those that are not known to be stored, at the end. @type {ShownMessage[]} */
  #tail = [];
  /** What is not stored and stands after a message that is. @type {Map<number, ShownMessage[]>} */
  #asides = new Map();
  /** @type {Map<string, ShownMessage>} */
  #byId = new Map();
  #resized;
  #width = 0;
  /** What was seen first when that was looked at last. @type {import("./mark.js").Mark | undefined} */
  #mark;
  #frame = 0;
  #top = 0;
  #follows = true;
  #isLoading = false;
  #pause = PAUSE;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #closing = new AbortController();

  /**
   * @param {Desk} desk
   * @param {string} sessionId
   * @param {HTMLElement} scroller
   */
  constructor(desk, sessionId, scroller) {
    this.#sessionId = sessionId;
    this.#reasons = new Reasons(desk, sessionId);
    const { signal } = this.#closing;
    this.#desk = desk;
    this.#scroller = scroller;
    this.#archive = new Archive(desk, sessionId);
    scroller.replaceChildren(this.#list);
    scroller.addEventListener("scroll", () => this.#scrolled(), { signal });
    scroller.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    desk.addEventListener("back", () => this.#soon(), { signal });
    // Also what grows by itself, or the window: whoever was at the end stays there.
    this.#resized = new ResizeObserver(() => {
      this.grown();
      this.#soon();
    });
    this.#resized.observe(scroller);
    this.#resized.observe(this.#list);
  }

  /** Called with whether the end is in sight, and whether the beginning is far. @type {(atEnd: boolean, isFar: boolean) => void} */
  moved = () => {};

  get isEmpty() {
    return this.#archive.total === 0 && this.#tail.length === 0;
  }

  /** How many messages the session has, as far as is known. */
  get total() {
    return this.#archive.total;
  }

  /** Whether the user said this after so many messages. @param {string} text @param {number} after */
  isSaid(text, after) {
    return this.#archive.has(({ seq, role, content }) => seq >= after && role === "user" && content === text);
  }

  /** Whether all messages are in the page. */
  get isWhole() {
    return this.#to - this.#from === this.#archive.total;
  }

  /** Whether a message is being written, as far as is known. */
  get isWritten() {
    if ([...this.#made.values()].some((each) => each.isGrowing)) return true;
    // It may have come just now, and is made in the next frame.
    return this.#archive.has(({ seq, status }) => status === "in_progress" && !this.#made.has(seq));
  }

  /** Load and show the newest messages. */
  async open() {
    await this.#archive.open();
    this.#heights.count = this.#archive.total;
    this.#fill();
    this.#measure();
    this.#heights.guess();
    this.#fill();
    this.toEnd();
  }

  /**
   * Load what was stored since. Messages that are shown under their ids already stay.
   *
   * @param {readonly ShownMessage[]} pending in the order in which they came, with ids if they have
   */
  async catchUp(pending) {
    const left = [...pending];
    try {
      for await (const message of this.#archive.newer()) {
        const { seq } = message;
        const at = left.findIndex((each) => each.id === message.id || (each.id === "" && isUsers(each, message)));
        const isNext = this.#to === seq;
        if (at >= 0) this.#place(/** @type {ShownMessage} */ (left.splice(at, 1)[0]), message);
        else if (left.length > 0 && isNext) this.#make(message);
        else continue;
        if (isNext) this.#to = seq + 1;
      }
    } finally {
      this.#heights.count = this.#archive.total;
      this.#sync(!KEEPS_PLACE);
      this.grown();
      this.#soon();
    }
  }

  /** The message with this id, if it was loaded. @param {string} id */
  find(id) {
    const seq = this.#archive.find(id);
    const message = seq === undefined ? undefined : this.#archive.get(seq);
    return this.#byId.get(id) ?? (message && this.#make(message));
  }

  /** @param {ShownMessage} message what is not stored yet */
  add(message) {
    if (message.id) this.#byId.set(message.id, message);
    this.#tail.push(message);
    this.#list.append(message.element);
    this.grown();
  }

  /** @param {ShownMessage} message what will not be stored */
  remove(message) {
    this.#tail = this.#tail.filter((each) => each !== message);
    message.element.remove();
  }

  /** Something became larger: whoever was at the end stays there. */
  grown() {
    if (this.#follows) this.#hold();
  }

  toEnd() {
    this.#follows = true;
    this.#hold();
    this.#soon();
    this.#tell();
  }

  toStart() {
    this.#follows = false;
    this.#scroller.scrollTop = 0;
    this.#soon();
  }

  close() {
    this.#closing.abort();
    this.#resized.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
  }

  /** A browser goes to where the end was; what comes on the way moves it. @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.target !== this.#scroller || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "Home") this.toStart();
    else if (event.key === "End") this.toEnd();
    else return;
    event.preventDefault();
  }

  /** Only people scroll up; down, it also goes by itself. */
  #scrolled() {
    const { scrollTop } = this.#scroller;
    if (this.#atEnd()) this.#follows = true;
    else if (scrollTop < this.#top) this.#follows = false;
    this.#top = scrollTop;
    this.#tell();
    this.#soon();
  }

  #hold() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #tell() {
    const { scrollTop, clientHeight } = this.#scroller;
    this.moved(this.#follows, !this.#follows && scrollTop > clientHeight);
  }

  /** In the next frame, see what is to be in the page. */
  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#fill();
    });
  }

  /** Put into the page what is near, and take out what is far. */
  #fill() {
    if (this.#closing.signal.aborted) return;
    const heights = this.#heights;
    const isResized = this.#list.clientWidth !== this.#width;
    if (isResized) {
      goBack(this.#scroller, this.#mark);
      heights.forget();
      this.#measure();
      heights.guess();
      this.#width = this.#list.clientWidth;
    }
    this.#measure();
    const screen = this.#scroller.clientHeight;
    const all = heights.before(heights.count);
    const top = this.#follows ? all - screen : this.#offset();
    const first = heights.at(top);
    const last = heights.at(top + screen);
    const end = performance.now() + SLICE;
    const before = [this.#from, this.#to];
    let lacks = -1;

    if (last < this.#from - 1 || first > this.#to) this.#from = this.#to = this.#follows ? heights.count : first;
    /** @param {number} to @param {number} from */
    const reach = (from, to) => {
      while (lacks < 0 && performance.now() < end && (this.#to <= to || this.#from > from)) {
        const seq = this.#to <= to ? this.#to : this.#from - 1;
        const message = this.#archive.get(seq);
        if (!this.#made.has(seq) && !message) lacks = seq;
        else if (message && !this.#made.has(seq)) this.#make(message);
        if (lacks >= 0) break;
        if (seq === this.#to) this.#to += 1;
        else this.#from -= 1;
      }
    };
    if (heights.count > 0) {
      reach(first, last);
      const near = [heights.at(top - NEAR * screen), heights.at(top + (1 + NEAR) * screen)];
      reach(near[0] ?? 0, near[1] ?? 0);
      this.#from = Math.max(this.#from, Math.min(heights.at(top - FAR * screen), this.#to));
      this.#to = Math.min(this.#to, Math.max(heights.at(top + (1 + FAR) * screen) + 1, this.#from));
    }
    this.#sync(isResized || !KEEPS_PLACE);
    this.grown();
    this.#mark = this.#follows ? undefined : seenFirst(this.#scroller, this.#list);
    if (lacks >= 0) void this.#load(lacks);
    // Until nothing is to be done any more.
    else if (this.#from !== before[0] || this.#to !== before[1]) this.#soon();
  }

  /** How far what is seen first is from the beginning, had all messages the heights that are thought. */
  #offset() {
    const edge = this.#scroller.getBoundingClientRect().top;
    const first = this.#elements(this.#from)[0];
    if (this.#from === this.#to || !first?.isConnected) return edge - this.#list.getBoundingClientRect().top;
    return this.#heights.before(this.#from) + edge - first.getBoundingClientRect().top;
  }

  /** Make the page as it is to be. What stays is not touched. @param {boolean} keepsPlace whether to keep what is read where it is */
  #sync(keepsPlace) {
    const heights = this.#heights;
    /** @type {Element[]} */
    const wanted = [];
    const above = heights.before(this.#from);
    const below = heights.before(heights.count) - heights.before(this.#to);
    if (this.#from > 0) wanted.push(this.#above);
    else wanted.push(...this.#elements(-1));
    for (let seq = this.#from; seq < this.#to; seq += 1) wanted.push(...this.#elements(seq));
    if (below > 0.5) wanted.push(this.#below);
    wanted.push(...this.#tail.map((each) => each.element));
    const stays = new Set(wanted);
    this.#mark = keepsPlace && !this.#follows ? seenFirst(this.#scroller, this.#list, stays) : undefined;

    for (const each of [...this.#list.children]) {
      if (stays.has(each)) continue;
      if (each.contains(document.activeElement)) this.#scroller.focus({ preventScroll: true });
      each.remove();
    }
    this.#above.style.height = `${above}px`;
    this.#below.style.height = `${below}px`;
    let next = this.#list.firstElementChild;
    for (const each of wanted) {
      if (each === next) next = next.nextElementSibling;
      else this.#list.insertBefore(each, next);
    }
    for (const [seq, shown] of this.#made) {
      if (seq >= this.#from && seq < this.#to) continue;
      // What cannot be made anew from what is stored is kept.
      if (shown.isGrowing || shown.isExplained) continue;
      shown.rest();
      this.#made.delete(seq);
      this.#byId.delete(shown.id);
      if (this.#archive.get(seq)?.status === "in_progress") this.#archive.drop(seq);
    }
    goBack(this.#scroller, this.#mark);
  }

  /** The elements of a message, and of what stands after it. @param {number} seq */
  #elements(seq) {
    const all = [this.#made.get(seq), ...(this.#asides.get(seq) ?? [])];
    return all.flatMap((each) => (each ? [each.element] : []));
  }

  #measure() {
    for (let seq = this.#from; seq < this.#to; seq += 1) {
      const parts = this.#elements(seq);
      if (!parts[0]?.isConnected) continue;
      this.#heights.set(seq, parts.reduce((sum, each) => sum + each.getBoundingClientRect().height, 0));
    }
  }

  /** @param {number} seq */
  async #load(seq) {
    if (this.#isLoading || this.#timer !== undefined) return;
    this.#isLoading = true;
    try {
      await this.#archive.load(seq);
      this.#pause = PAUSE;
      this.#soon();
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      failed(this.#desk, this.#sessionId, error, "These messages were not loaded.");
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#soon();
      }, this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    } finally {
      this.#isLoading = false;
    }
  }

  /**
   * What was not stored yet is now.
   *
   * @param {ShownMessage} shown
   * @param {HistoryMessage} message
   */
  #place(shown, message) {
    const at = this.#tail.indexOf(shown);
    shown.show(message);
    this.#made.set(message.seq, shown);
    this.#byId.set(message.id, shown);
    if (at < 0) return;
    const before = this.#tail.slice(0, at).filter((each) => each.seq < 0 && !each.id);
    this.#tail = this.#tail.filter((each) => each !== shown && !before.includes(each));
    if (before.length === 0) return;
    this.#asides.set(message.seq - 1, [...(this.#asides.get(message.seq - 1) ?? []), ...before]);
  }

  /** @param {HistoryMessage} message */
  #make(message) {
    const made = new ShownMessage(
      this.#desk,
      {
        role: message.role,
        name: message.role === "user" ? null : message.agent_name,
        summary: message.summary,
      },
      { of: (id) => this.#reasons.of(id), isNear: this.#archive.total <= FEW },
    );
    made.show(message);
    this.#made.set(message.seq, made);
    this.#byId.set(message.id, made);
    return made;
  }

  #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < END;
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
