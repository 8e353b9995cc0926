/** A conversation: its history, what is being said, and where to say something. */
import { openDeck } from "../deck/panel.js";
import { button, element } from "../element.js";
import { isAway } from "../errors.js";
import { icon } from "../icons.js";
import { ConflictError, NotFoundError, PermissionDeniedError } from "../vendor/palaver-client.min.js";
import { composer } from "./composer.js";
import { header } from "./header.js";
import { History } from "./history.js";
import { ShownMessage } from "./message.js";
import { Turns } from "./turn.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").RunEvent} RunEvent */

/** A screen reader is told so much of an answer at once; the rest stands in the message. */
const SPOKEN = 1_500;

/** What the page that made the session wants to be said first, by session. @type {Map<string, string>} */
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
  const scroller = element("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Messages" });
  const spoken = element("p", { class: "unseen", role: "status" });
  const toEnd = button("", () => history.toEnd(), { class: "round to-end", "aria-label": "To the newest message", hidden: true });
  toEnd.append(icon("down"));
  const writing = composer({
    draft: `palaver.draft.${id}`,
    label: "Message",
    send: (text) => void say(text),
    stop,
    early: () => desk.say("An answer is being written. Escape stops it."),
  });
  const deckPlace = element("aside", { class: "deck-place", "aria-label": "Slides", hidden: true });
  const slides = element("div", { class: "deck-inner" });
  deckPlace.append(slides);
  const history = new History(desk, id, scroller);
  const turns = new Turns(desk, id, hear);
  const closing = new AbortController();

  /** @type {ShownMessage[]} what is shown and not known to be stored */
  let pending = [];

  let session;
  try {
    session = (await desk.client.getAgentSession({ session_id: id, limit: 1 })).data;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof PermissionDeniedError) {
      desk.sessionRemoved(id);
      place.append(
        element("section", { class: "card" }, element("h1", {}, "This session is not there"),
          element("p", {}, "It was deleted, or it belongs to somebody else."),
          element("a", { class: "button primary", href: "#/" }, "New session")),
      );
      return () => {};
    }
    throw error;
  }

  document.title = `${session.name} – Palaver`;
  const head = header(desk, session, deckPlace, closing.signal);
  const deck = openDeck(slides, desk, id, (count) => head.slides(count));
  place.append(
    element("div", { class: "conversation" },
      element("section", { class: "talk", "aria-label": "Conversation" },
        head.element, scroller, element("div", { class: "below" }, toEnd, writing.element), spoken),
      deckPlace),
  );
  writing.placed();
  history.followed = (follows) => {
    toEnd.hidden = follows;
  };

  /** @param {RunEvent} event */
  function hear(event) {
    switch (event.type) {
      case "message.started": {
        const known = history.find(event.message_id);
        const shown = known ?? new ShownMessage(desk, { role: "assistant", name: event.agent_name, summary: event.summary });
        shown.id = event.message_id;
        if (!known) {
          history.add(shown);
          pending.push(shown);
        }
        if (!known || known.isGrowing) {
          shown.start();
          spoken.textContent = `${event.agent_name ?? "Palaver"} answers …`;
        }
        break;
      }
      case "message.delta":
        growing(event.message_id)?.grow(event.text, () => history.grown());
        break;
      case "message.source":
        growing(event.message_id)?.addSource(event.source);
        break;
      case "message.completed": {
        const shown = growing(event.message.id);
        if (!shown) break;
        shown.show(event.message);
        history.grown();
        spoken.textContent = shown.text.slice(0, SPOKEN);
        break;
      }
      case "session.titled":
        head.title(event.title);
        desk.sessionChanged({ session_id: id, title: event.title });
        break;
      case "error": {
        const shown = event.message_id ? history.find(event.message_id) : undefined;
        if (shown) shown.end("failed", `This answer failed: ${event.detail}`);
        else failed(event.detail);
        spoken.textContent = `The answer failed: ${event.detail}`;
        history.grown();
        break;
      }
      default:
        deck.hear(event);
    }
  }

  /** A message that still grows; one that was whole when the page was opened hears nothing again. @param {string} messageId */
  function growing(messageId) {
    const shown = history.find(messageId);
    return shown?.isGrowing ? shown : undefined;
  }

  /** @param {string} why */
  function failed(why) {
    const shown = new ShownMessage(desk, { role: "assistant", name: null });
    shown.end("failed", `There is no answer: ${why}`);
    history.add(shown);
  }

  /** @param {string} text */
  async function say(text) {
    if (turns.isRunning) return;
    const shown = new ShownMessage(desk, { role: "user", name: null });
    shown.showText(text);
    history.add(shown);
    history.toEnd();
    pending = [shown];
    const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    writing.busy(true);
    for (;;) {
      let isTaken = false;
      try {
        await turns.send(text, key, () => {
          isTaken = true;
          shown.end("complete");
        });
        break;
      } catch (error) {
        if (closing.signal.aborted) return;
        if (isTaken) {
          desk.fail(error, "The answer cannot be followed.");
          break;
        }
        desk.fail(error, "The message was not sent.");
        if (!isAway(error)) {
          shown.element.remove();
          if (writing.isEmpty) writing.set(text);
          await ended();
          if (error instanceof ConflictError) await resume();
          return;
        }
        // Nobody knows whether it came through; with the same key it counts once.
        shown.note("Not sent yet: it is sent as soon as the server is back.");
        await back();
        if (closing.signal.aborted) return;
      }
    }
    await ended();
  }

  /** What is stored now is shown as it is stored. */
  async function ended() {
    if (closing.signal.aborted) return;
    writing.busy(false);
    const left = pending;
    pending = [];
    try {
      await history.catchUp(left);
      desk.sessionChanged(await desk.client.getSession({ session_id: id }));
    } catch (error) {
      if (!closing.signal.aborted) desk.fail(error);
    }
  }

  /** Follow an answer that goes on already. */
  async function resume() {
    if (turns.isRunning) return;
    try {
      const runId = await turns.running(scroller.querySelector("[aria-busy]") !== null);
      if (!runId || closing.signal.aborted || turns.isRunning) return;
      writing.busy(true);
      await turns.resume(runId);
    } catch (error) {
      if (closing.signal.aborted) return;
      desk.fail(error, "The answer cannot be followed.");
    }
    if (!closing.signal.aborted) await ended();
  }

  function stop() {
    spoken.textContent = "Stopping …";
    turns.cancel().catch((error) => desk.fail(error, "The answer was not stopped."));
  }

  /** @returns {Promise<void>} */
  function back() {
    return new Promise((resolve) => {
      desk.addEventListener("back", () => resolve(), { once: true, signal: closing.signal });
      closing.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async function look() {
    if (document.visibilityState !== "visible" || turns.isRunning || pending.length > 0) return;
    try {
      await history.catchUp([]);
      await resume();
    } catch (error) {
      if (!closing.signal.aborted) desk.fail(error);
    }
  }

  document.addEventListener("visibilitychange", () => void look(), { signal: closing.signal });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && turns.isRunning && !event.defaultPrevented && !document.querySelector("dialog[open]")) stop();
  }, { signal: closing.signal });
  desk.addEventListener("session", (event) => {
    const changed = /** @type {CustomEvent<{ session_id: string, title?: string }>} */ (event).detail;
    if (changed.session_id === id && changed.title) head.title(changed.title);
  }, { signal: closing.signal });

  const begun = firsts.get(id);
  firsts.delete(id);
  await history.open();
  if (matchMedia("(hover: hover)").matches) writing.focus();
  if (begun && history.isEmpty) void say(begun);
  else void resume();

  return () => {
    closing.abort();
    turns.close();
    history.close();
    deck.close();
  };
}
