/** A conversation: its history, what is being said, and where to say something. */
import { openDeck } from "../deck/panel.js";
import { button, element, isWriting } from "../element.js";
import { isAway } from "../errors.js";
import { icon } from "../icons.js";
import { keep, keptName, keptOf } from "../kept.js";
import { failed, isGone, nothingHere } from "../sessions/gone.js";
import { ConflictError } from "../vendor/palaver-client.min.js";
import { Answers } from "./answers.js";
import { composer } from "./composer.js";
import { header } from "./header.js";
import { History } from "./history.js";
import { ShownMessage } from "./message.js";
import { Turns } from "./turn.js";
import { Unsent } from "./unsent.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").AgentSessionDetails} Session */

/** What whoever made a session wants to be said first, by session. @type {Map<string, string>} */
const firsts = new Map();

/**
 * Say something in a session as soon as it is opened.
 *
 * @param {string} sessionId
 * @param {string} message
 */
export function sayFirst(sessionId, message) {
  firsts.set(sessionId, message);
}

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 * @param {string} id
 * @returns {Promise<() => void>}
 */
export async function openConversation(place, desk, id) {
  const begun = firsts.get(id);
  // A first message is kept until it is taken, as all others are.
  if (begun) new Unsent(desk, id).keep(begun, 0);
  let session;
  try {
    session = (await desk.client.getAgentSession({ session_id: id, limit: 1 })).data;
  } catch (error) {
    if (!isGone(error)) throw error;
    desk.sessionRemoved(id);
    const unsent = new Unsent(desk, id);
    place.append(nothingHere(isKeptForAnother(desk, unsent.text || String(keptOf(keptName(desk, "draft", id)) ?? ""))));
    unsent.forget();
    return () => {};
  }
  const conversation = new Conversation(place, desk, session);
  try {
    await conversation.open();
  } catch (error) {
    conversation.close();
    throw error;
  }
  return () => conversation.close();
}

/**
 * Keep what cannot be said any more for a new session, if nothing waits there. Returns whether that is so.
 *
 * @param {Desk} desk
 * @param {string} text
 */
function isKeptForAnother(desk, text) {
  const start = keptName(desk, "draft");
  const isKept = text.trim() !== "" && !keptOf(start);
  if (isKept) keep(start, text);
  return isKept;
}

/** @param {string} label @param {string} name @param {() => void} press */
function jump(label, name, press) {
  const made = button("", press, { class: `round ${name}`, "aria-label": label, title: label, hidden: true });
  made.append(icon("down"));
  return made;
}

class Conversation {
  #desk;
  #id;
  #closing = new AbortController();
  /** What is shown and not known to be stored. @type {ShownMessage[]} */
  #pending = [];
  /** @type {Promise<unknown>} */
  #opened = Promise.resolve();
  #isTalking = false;
  #isEnding = false;
  #isChecking = false;
  /** @type {Promise<void> | undefined} */
  #looking;
  #place;
  /** Whether it was said what a browser's search leaves out. */
  #isWarned = false;
  /** Ends the waiting for the server, with a message that was not sent. */
  #giveUp = () => {};

  #scroller = element("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Messages" });
  #spoken = element("p", { class: "unseen", role: "status" });
  #writing;
  #unsent;
  #history;
  #turns;
  #head;
  #deck;

  /**
   * @param {HTMLElement} place
   * @param {Desk} desk
   * @param {Session} session
   */
  constructor(place, desk, session) {
    const { signal } = this.#closing;
    const id = session.session_id;
    this.#place = place;
    this.#desk = desk;
    this.#id = id;
    this.#unsent = new Unsent(desk, id);
    this.#history = new History(desk, id, this.#scroller);
    const answers = new Answers(desk, id, this.#history, this.#spoken, (shown) => this.#pending.push(shown));
    this.#turns = new Turns(desk, id, (event) => {
      if (!answers.hear(event)) this.#deck.hear(event);
    });
    this.#writing = composer({
      draft: keptName(desk, "draft", id),
      label: "Message",
      send: (text) => void this.#say(text),
      stop: () => this.#stop(),
      early: () => desk.say("An answer is being written. Escape stops it."),
    });

    const slides = element("div", { class: "deck-inner" });
    const deckPlace = element("aside", { class: "deck-place", "aria-label": "Slides", hidden: true }, slides);
    this.#head = header(desk, session, deckPlace, signal);
    this.#deck = openDeck(slides, desk, id, (count, isWritten) => this.#head.slides(count, isWritten));

    const toStart = jump("To the first message", "to-start", () => this.#history.toStart());
    const toEnd = jump("To the newest message", "to-end", () => this.#history.toEnd());
    this.#history.moved = (atEnd, isFar) => {
      toEnd.hidden = atEnd;
      toStart.hidden = !isFar;
    };

    const talk = element(
      "section",
      { class: "talk", "aria-label": "Conversation" },
      this.#head.element,
      this.#scroller,
      element("div", { class: "below" }, element("div", { class: "jumps" }, toStart, toEnd), this.#writing.element),
      this.#spoken,
    );
    talk.addEventListener("keydown", (event) => this.#escaped(event));
    place.append(element("div", { class: "conversation" }, talk, deckPlace));
    this.#writing.placed();
    this.#head.title(session.name);

    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    document.addEventListener("visibilitychange", () => void this.#look(), { signal });
    window.addEventListener("focus", () => void this.#look(), { signal });
    // The list of sessions looks from time to time.
    desk.addEventListener("look", () => void this.#look(), { signal });
    // Another window of this browser follows an answer, or has done so.
    window.addEventListener("storage", (event) => event.key === this.#turns.key && void this.#look(), { signal });
    desk.addEventListener(
      "session",
      (event) => {
        const changed = /** @type {CustomEvent<{ session_id: string, title?: string }>} */ (event).detail;
        if (changed.session_id !== id) return;
        if (changed.title) this.#head.title(changed.title);
      },
      { signal },
    );
    desk.addEventListener(
      "session-removed",
      (event) => /** @type {CustomEvent<string>} */ (event).detail === id && void this.#checkGone(),
      { signal },
    );
  }

  /** Load what is there, and go on with what is being said. */
  async open() {
    const begun = firsts.get(this.#id);
    firsts.delete(this.#id);
    this.#opened = this.#history.open();
    await this.#opened;
    if (matchMedia("(hover: hover)").matches && !isWriting()) this.#writing.focus();
    if (begun && this.#history.isEmpty) {
      void this.#say(begun);
      return;
    }
    this.#settle(true);
    void this.#resume();
  }

  close() {
    this.#closing.abort();
    this.#turns.close();
    this.#history.close();
    this.#deck.close();
  }

  get #isClosed() {
    return this.#closing.signal.aborted;
  }

  /** @param {string} text */
  async #say(text) {
    if (this.#isTalking || this.#turns.isRunning) return;
    this.#isTalking = true;
    this.#unsent.keep(text, null);
    this.#writing.forget();
    this.#writing.busy(true);
    // What is new comes after what is there. Where that does not come, the page says so.
    if (!(await this.#opened.then(() => true, () => false))) {
      this.#writing.restore(text);
      return;
    }
    await this.#looking;
    const key = this.#unsent.keep(text, this.#history.total);
    const shown = new ShownMessage(this.#desk, { role: "user", name: null });
    shown.showText(text);
    this.#history.add(shown);
    this.#history.toEnd();
    this.#pending = [shown];
    const refusal = await this.#send(text, key, shown);
    // Whoever opens the session again finds what was not taken.
    if (this.#isClosed) return;
    if (refusal) {
      this.#history.remove(shown);
      this.#pending = [];
      this.#writing.restore(text);
      // Nobody knows whether one that got no answer came through.
      if (isAway(refusal)) this.#unsent.giveBack();
      else this.#unsent.forget();
    }
    this.#isTalking = false;
    await this.#ended();
    // Somebody else was first: then it is that answer which is followed.
    if (refusal instanceof ConflictError) await this.#resume();
  }

  /**
   * Send a message until it is taken or refused, and follow the answer. Nobody knows whether a try
   * that got no answer came through; with the same key all of them count once.
   *
   * @param {string} text
   * @param {string} key
   * @param {ShownMessage} shown
   * @returns {Promise<unknown>} why it was refused, if it was
   */
  async #send(text, key, shown) {
    let isTaken = false;
    const taken = () => {
      isTaken = true;
      this.#unsent.forget();
      shown.end("complete");
    };
    for (;;) {
      try {
        await this.#turns.send(text, key, taken);
        return undefined;
      } catch (error) {
        if (this.#isClosed) return undefined;
        this.#fail(error, isTaken ? "The answer cannot be followed." : "The message was not sent.");
        if (isTaken) return undefined;
        if (!isAway(error)) return error;
        shown.note("Not sent yet: it is sent as soon as the server is back.");
        if (!(await this.#back())) return error;
      }
    }
  }

  /** Show what is stored now as it is stored. */
  async #ended() {
    if (this.#isClosed) return;
    this.#isEnding = true;
    this.#writing.busy(false);
    const left = this.#pending;
    this.#pending = [];
    try {
      await this.#history.catchUp(left);
      this.#settle(false);
      this.#desk.sessionChanged(await this.#desk.client.getSession({ session_id: this.#id }));
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isEnding = false;
    }
  }

  /** Follow an answer that goes on already. */
  async #resume() {
    if (this.#isTalking || this.#turns.isRunning) return;
    try {
      const runId = await this.#turns.running(this.#history.isWritten);
      if (!runId || this.#isClosed || this.#isTalking || this.#turns.isRunning) return;
      this.#writing.busy(true);
      await this.#turns.resume(runId);
    } catch (error) {
      this.#fail(error, "The answer cannot be followed.");
    }
    await this.#ended();
  }

  /** Other windows and other clients may have said something. */
  async #look() {
    if (document.visibilityState !== "visible" || this.#looking || this.#isEnding) return;
    if (this.#isTalking || this.#turns.isRunning) return;
    this.#looking = this.#seeNew().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    if (!this.#isClosed) await this.#resume();
  }

  async #seeNew() {
    try {
      await this.#opened;
      await Promise.all([this.#history.catchUp([]), this.#deck.look()]);
      this.#settle(false);
    } catch (error) {
      // Nobody asked for it; it is tried again.
      if (isGone(error)) this.#fail(error);
    }
  }

  /**
   * See whether what was sent was taken after all. If it was not, it is written again.
   *
   * @param {boolean} isOpening
   */
  #settle(isOpening) {
    const { text } = this.#unsent;
    if (!text || this.#isClosed) return;
    if (this.#unsent.isTaken((said, after) => this.#history.isSaid(said, after))) {
      this.#unsent.forget();
      if (this.#writing.text === text) this.#writing.set("");
    } else if (isOpening && !this.#unsent.isBack) {
      this.#writing.restore(text);
      this.#unsent.giveBack();
    }
  }

  /** Tell that something went wrong, unless that is of no matter any more. @param {unknown} error @param {string} [what] */
  #fail(error, what) {
    if (!this.#isClosed) failed(this.#desk, this.#id, error, what);
  }

  /** Somebody found that the session is not there any more. */
  async #checkGone() {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      this.#desk.sessionChanged(await this.#desk.client.getSession({ session_id: this.#id }));
    } catch (error) {
      if (!this.#isClosed && isGone(error)) this.#end();
    } finally {
      this.#isChecking = false;
    }
  }

  /** The session is not there any more. What was written goes into a new one, if nothing waits there. */
  #end() {
    if (this.#unsent.text && !this.#unsent.isBack) this.#writing.restore(this.#unsent.text);
    const isKept = isKeptForAnother(this.#desk, this.#writing.text);
    this.#unsent.forget();
    this.#writing.set("");
    this.close();
    this.#place.replaceChildren(nothingHere(isKept));
    document.title = "Palaver";
    this.#place.closest("main")?.focus();
  }

  #stop() {
    this.#giveUp();
    if (!this.#turns.isRunning) return;
    this.#spoken.textContent = "Stopping …";
    this.#turns.cancel().catch((error) => this.#fail(error, "The answer was not stopped."));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key === "f" && (event.ctrlKey || event.metaKey) && !this.#history.isWhole && !this.#isWarned) {
      this.#isWarned = true;
      this.#desk.say("The browser finds only the messages that are near to what you see.");
    }
  }

  /** Escape is for the answer only where that is talked about, and not for another field's. @param {KeyboardEvent} event */
  #escaped(event) {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    const { target } = event;
    const isField = target instanceof Element && target.closest("input, textarea, select") !== null;
    if (!isField || this.#writing.is(target)) this.#stop();
  }

  /**
   * Resolves when the server is back, with whether it is still wanted.
   *
   * @returns {Promise<boolean>}
   */
  #back() {
    return new Promise((resolve) => {
      const { signal } = this.#closing;
      this.#giveUp = () => resolve(false);
      this.#desk.addEventListener("back", () => resolve(true), { once: true, signal });
      signal.addEventListener("abort", () => resolve(false), { once: true });
    });
  }
}
