/** Answers that come: shown as they grow, and told to those who cannot see them. */
import { ShownMessage } from "./message.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").RunEvent} RunEvent */
/** @typedef {import("./history.js").History} History */

/** A screen reader is told so much of an answer at once; the rest stands in the message. */
const SPOKEN = 1_500;

export class Answers {
  #desk;
  #sessionId;
  #history;
  #spoken;
  #begun;

  /**
   * @param {Desk} desk
   * @param {string} sessionId
   * @param {History} history
   * @param {HTMLElement} spoken what is said of it
   * @param {(shown: ShownMessage) => void} begun told of each that is not known to be stored
   */
  constructor(desk, sessionId, history, spoken, begun) {
    this.#desk = desk;
    this.#sessionId = sessionId;
    this.#history = history;
    this.#spoken = spoken;
    this.#begun = begun;
  }

  /**
   * An event of a turn. Returns false where it is not about an answer.
   *
   * @param {RunEvent} event
   */
  hear(event) {
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
        this.#desk.sessionChanged({ session_id: this.#sessionId, title: event.title });
        break;
      case "error":
        this.#failed(event.message_id, event.detail);
        break;
      default:
        return false;
    }
    return true;
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
      this.#begun(shown);
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
}
