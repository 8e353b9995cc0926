/** A conversation: its history, what is being said, and where to say something. */
import { openDeck } from "../deck/panel.js";
import { button, element } from "../element.js";
import { isAway } from "../errors.js";
import { icon } from "../icons.js";
import { keptName } from "../kept.js";
import { ConflictError, NotFoundError, PermissionDeniedError } from "../vendor/palaver-client.min.js";
import { composer } from "./composer.js";
import { header } from "./header.js";
import { History } from "./history.js";
import { ShownMessage } from "./message.js";
import { Turns } from "./turn.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").AgentSessionDetails} Session */
/** @typedef {import("../vendor/palaver-client.min.js").RunEvent} RunEvent */

/** A screen reader is told so much of an answer at once; the rest stands in the message. */
const SPOKEN = 1_500;

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
  let session;
  try {
    session = (await desk.client.getAgentSession({ session_id: id, limit: 1 })).data;
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof PermissionDeniedError)) throw error;
    desk.sessionRemoved(id);
    place.append(nothingHere());
    return () => {};
  }
  const conversation = new Conversation(place, desk, session);
  await conversation.open();
  return () => conversation.close();
}

function nothingHere() {
  return element(
    "section",
    { class: "card" },
    element("h1", {}, "This session is not there"),
    element("p", {}, "It was deleted, or it belongs to somebody else."),
    element("a", { class: "button primary", href: "#/" }, "New session"),
  );
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
  /** Whether it was said what a browser's search leaves out. */
  #isWarned = false;
  /** Ends the waiting for the server, with a message that was not sent. */
  #giveUp = () => {};

  #scroller = element("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Messages" });
  #spoken = element("p", { class: "unseen", role: "status" });
  #writing;
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
    this.#desk = desk;
    this.#id = id;
    this.#history = new History(desk, id, this.#scroller);
    this.#turns = new Turns(desk, id, (event) => this.#hear(event));
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
    this.#deck = openDeck(slides, desk, id, (count) => this.#head.slides(count));

    const toStart = jump("To the first message", "to-start", () => this.#history.toStart());
    const toEnd = jump("To the newest message", "to-end", () => this.#history.toEnd());
    this.#history.moved = (atEnd, isFar) => {
      toEnd.hidden = atEnd;
      toStart.hidden = !isFar;
    };

    place.append(
      element(
        "div",
        { class: "conversation" },
        element(
          "section",
          { class: "talk", "aria-label": "Conversation" },
          this.#head.element,
          this.#scroller,
          element("div", { class: "below" }, element("div", { class: "jumps" }, toStart, toEnd), this.#writing.element),
          this.#spoken,
        ),
        deckPlace,
      ),
    );
    this.#writing.placed();
    this.#head.title(session.name);

    document.addEventListener("visibilitychange", () => void this.#look(), { signal });
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    desk.addEventListener(
      "session",
      (event) => {
        const changed = /** @type {CustomEvent<{ session_id: string, title?: string }>} */ (event).detail;
        if (changed.session_id === id && changed.title) this.#head.title(changed.title);
      },
      { signal },
    );
  }

  /** Load what is there, and go on with what is being said. */
  async open() {
    const begun = firsts.get(this.#id);
    firsts.delete(this.#id);
    this.#opened = this.#history.open();
    await this.#opened;
    if (matchMedia("(hover: hover)").matches) this.#writing.focus();
    if (begun && this.#history.isEmpty) void this.#say(begun);
    else void this.#resume();
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

  /** @param {RunEvent} event */
  #hear(event) {
    switch (event.type) {
      case "message.started":
        this.#begin(event);
        break;
      case "message.delta":
        this.#growing(event.message_id)?.grow(event.text, () => this.#history.grown());
        break;
      case "message.source":
        this.#growing(event.message_id)?.addSource(event.source);
        break;
      case "message.completed": {
        const shown = this.#growing(event.message.id);
        if (!shown) break;
        shown.show(event.message);
        this.#history.grown();
        this.#spoken.textContent = shown.text.slice(0, SPOKEN);
        break;
      }
      case "session.titled":
        this.#desk.sessionChanged({ session_id: this.#id, title: event.title });
        break;
      case "error":
        this.#failed(event.message_id, event.detail);
        break;
      default:
        this.#deck.hear(event);
    }
  }

  /** @param {import("../vendor/palaver-client.min.js").MessageStarted} event */
  #begin({ message_id, agent_name, summary }) {
    let shown = this.#history.find(message_id);
    // One that was whole when the page was opened is not said again.
    if (shown && !shown.isGrowing) return;
    if (!shown) {
      shown = new ShownMessage(this.#desk, { role: "assistant", name: agent_name, summary });
      shown.id = message_id;
      this.#history.add(shown);
      this.#pending.push(shown);
    }
    shown.start();
    this.#spoken.textContent = `${agent_name ?? "Palaver"} answers …`;
  }

  /** @param {string} messageId */
  #growing(messageId) {
    const shown = this.#history.find(messageId);
    return shown?.isGrowing ? shown : undefined;
  }

  /** @param {string | null} messageId @param {string} why */
  #failed(messageId, why) {
    const shown = messageId === null ? undefined : this.#history.find(messageId);
    if (shown) {
      shown.end("failed", `This answer failed: ${why}`);
    } else {
      const nothing = new ShownMessage(this.#desk, { role: "assistant", name: null });
      nothing.end("failed", `There is no answer: ${why}`);
      this.#history.add(nothing);
    }
    this.#spoken.textContent = `The answer failed: ${why}`;
    this.#history.grown();
  }

  /** @param {string} text */
  async #say(text) {
    if (this.#isTalking || this.#turns.isRunning) return;
    this.#isTalking = true;
    this.#writing.busy(true);
    // What is new comes after what is there. Where that does not come, the page says so.
    if (!(await this.#opened.then(() => true, () => false))) {
      this.#writing.set(text);
      return;
    }
    const shown = new ShownMessage(this.#desk, { role: "user", name: null });
    shown.showText(text);
    this.#history.add(shown);
    this.#history.toEnd();
    this.#pending = [shown];
    const refusal = await this.#send(text, shown);
    if (refusal) {
      this.#history.remove(shown);
      this.#pending = [];
      if (this.#writing.isEmpty) this.#writing.set(text);
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
   * @param {ShownMessage} shown
   * @returns {Promise<unknown>} why it was refused, if it was
   */
  async #send(text, shown) {
    const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    let isTaken = false;
    const taken = () => {
      isTaken = true;
      shown.end("complete");
    };
    for (;;) {
      try {
        await this.#turns.send(text, key, taken);
        return undefined;
      } catch (error) {
        if (this.#isClosed) return undefined;
        this.#desk.fail(error, isTaken ? "The answer cannot be followed." : "The message was not sent.");
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
    this.#writing.busy(false);
    const left = this.#pending;
    this.#pending = [];
    try {
      await this.#history.catchUp(left);
      this.#desk.sessionChanged(await this.#desk.client.getSession({ session_id: this.#id }));
    } catch (error) {
      if (!this.#isClosed) this.#desk.fail(error);
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
      if (!this.#isClosed) this.#desk.fail(error, "The answer cannot be followed.");
    }
    await this.#ended();
  }

  /** Other windows and other clients may have said something. */
  async #look() {
    if (document.visibilityState !== "visible" || this.#isTalking || this.#turns.isRunning) return;
    try {
      await this.#history.catchUp([]);
      await this.#resume();
    } catch (error) {
      if (!this.#isClosed) this.#desk.fail(error);
    }
  }

  #stop() {
    this.#giveUp();
    if (!this.#turns.isRunning) return;
    this.#spoken.textContent = "Stopping …";
    this.#turns.cancel().catch((error) => this.#desk.fail(error, "The answer was not stopped."));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key === "f" && (event.ctrlKey || event.metaKey) && !this.#history.isWhole && !this.#isWarned) {
      this.#isWarned = true;
      this.#desk.say("The browser finds only the messages that are near to what you see.");
    }
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (!document.querySelector("dialog[open]")) this.#stop();
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
