/** Asks now and then how far books are, until all of them are done. */

import { NotFoundError } from "../vendor/palaver-client.min.js";

/** @import { Book, Palaver } from "../vendor/palaver-client.min.js" */

const SOONEST = 700;
const LATEST = 5_000;

export class Watch {
  #client;
  #heard;
  #lost;
  /** @type {Set<string>} */
  #waiting = new Set();
  #abort = new AbortController();
  #asking = false;
  #troubled = false;
  /** @type {() => void} */
  #wake = () => {};

  /**
   * @param {Palaver} client
   * @param {(book: Book) => void} heard told of each answer
   * @param {(bookId: string, error: unknown) => void} lost told of a book that cannot be asked for
   */
  constructor(client, heard, lost) {
    this.#client = client;
    this.#heard = heard;
    this.#lost = lost;
  }

  /** @param {Book} book */
  add(book) {
    if (book.status !== "PROCESSING") return;
    this.#waiting.add(book.bookId);
    this.#wake();
    if (!this.#asking) void this.#ask();
  }

  /** @param {string} bookId */
  leave(bookId) {
    this.#waiting.delete(bookId);
  }

  close() {
    this.#abort.abort();
    this.#wake();
  }

  async #ask() {
    this.#asking = true;
    let pause = SOONEST;
    while (this.#waiting.size > 0 && !this.#abort.signal.aborted) {
      await this.#paused(pause);
      let changed = false;
      for (const bookId of [...this.#waiting]) {
        // Nobody looks: there is time.
        if (this.#abort.signal.aborted || document.hidden) break;
        changed = (await this.#asked(bookId)) || changed;
      }
      pause = changed ? SOONEST : Math.min(pause * 1.5, LATEST);
    }
    this.#asking = false;
  }

  /**
   * Whether a book is done, or gone.
   *
   * @param {string} bookId
   */
  async #asked(bookId) {
    try {
      const book = await this.#client.getBook({ bookId }, { signal: this.#abort.signal });
      if (!this.#waiting.has(bookId)) return false;
      if (book.status !== "PROCESSING") this.#waiting.delete(bookId);
      this.#troubled = false;
      this.#heard(book);
      return book.status !== "PROCESSING";
    } catch (error) {
      if (this.#abort.signal.aborted) return false;
      const gone = error instanceof NotFoundError;
      if (gone) this.#waiting.delete(bookId);
      // What is told once is enough; whether it is over is found out by asking on.
      if (gone || !this.#troubled) this.#lost(bookId, error);
      this.#troubled ||= !gone;
      return gone;
    }
  }

  /**
   * @param {number} milliseconds
   * @returns {Promise<void>}
   */
  #paused(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
