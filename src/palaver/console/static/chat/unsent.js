/** A message that is on its way: kept by the browser until the server has taken it. */
import { keep, keptName, keptOf } from "../kept.js";

/** @typedef {import("../desk.js").Desk} Desk */

/**
 * @typedef {object} Sent
 * @property {string} text
 * @property {string} key the same for the same message, however often it is tried
 * @property {boolean} [isBack] whether it is where people write, and theirs again
 * @property {number | null} after how many messages the session had before it; null as long as nobody knows
 */

export class Unsent {
  #name;
  /** @type {Sent | undefined} */
  #sent;

  /** @param {Desk} desk @param {string} sessionId */
  constructor(desk, sessionId) {
    this.#name = keptName(desk, "sent", sessionId);
    this.#sent = keptOf(this.#name);
  }

  /** What was sent and is not known to be taken. */
  get text() {
    return this.#sent?.text ?? "";
  }

  /**
   * Keep a message before it is sent. One that was tried before, and has not changed, has the key
   * of that time: whichever try came through, it counts once.
   *
   * @param {string} text
   * @param {number | null} after
   * @returns {string} its key
   */
  keep(text, after) {
    const before = this.#sent?.text === text ? this.#sent : undefined;
    const key = before?.key ?? crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.#sent = { text, key, after: before?.after ?? after };
    keep(this.#name, this.#sent);
    return key;
  }

  /** Whether it is where people write, and theirs again. */
  get isBack() {
    return this.#sent?.isBack === true;
  }

  /** It is where people write; what is known of it stays, for it may be taken yet, or sent again. */
  giveBack() {
    if (!this.#sent) return;
    this.#sent.isBack = true;
    keep(this.#name, this.#sent);
  }

  /** It was taken, or will not be. */
  forget() {
    this.#sent = undefined;
    keep(this.#name, undefined);
  }

  /**
   * Whether it was taken after all.
   *
   * @param {(text: string, after: number) => boolean} isSaid
   */
  isTaken(isSaid) {
    return Boolean(this.#sent) && typeof this.#sent?.after === "number" && isSaid(this.#sent.text, this.#sent.after);
  }
}
