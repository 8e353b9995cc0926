/** Why answers of a session failed, which their runs tell and their messages do not. */
import { NotFoundError } from "../vendor/palaver-client.min.js";

/** @typedef {import("../desk.js").Desk} Desk */

const PAGE = 1_000;

export class Reasons {
  #desk;
  #sessionId;
  /** The runs of failed messages. @type {Map<string, string>} */
  #runs = new Map();
  /** @type {Promise<void>} */
  #reading = Promise.resolve();

  /** @param {Desk} desk @param {string} sessionId */
  constructor(desk, sessionId) {
    this.#desk = desk;
    this.#sessionId = sessionId;
  }

  /**
   * Why an answer failed, in people's words; "" where the server does not know.
   *
   * @param {string} messageId
   */
  async of(messageId) {
    this.#reading = this.#reading.catch(() => undefined).then(() => this.#read(messageId));
    await this.#reading;
    const run_id = this.#runs.get(messageId);
    if (!run_id) return "";
    try {
      const run = await this.#desk.client.getRun({ session_id: this.#sessionId, run_id });
      return run.error_detail ?? "";
    } catch (error) {
      if (error instanceof NotFoundError) return "";
      throw error;
    }
  }

  /** Find the runs of what failed, until that of this message. @param {string} messageId */
  async #read(messageId) {
    if (this.#runs.has(messageId)) return;
    const session_id = this.#sessionId;
    for await (const message of this.#desk.client.listSessionMessages({ session_id, limit: PAGE })) {
      if (message.status === "failed" && message.run_id) this.#runs.set(message.id, message.run_id);
      if (message.id === messageId) return;
    }
  }
}
