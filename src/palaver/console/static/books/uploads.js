/** The files on their way into the library. They go on whatever panel is shown. */
import { element } from "../element.js";
import { uploadOf } from "./upload.js";

/**
 * @import { Book, Palaver } from "../vendor/palaver-client.min.js"
 * @import { Upload } from "./upload.js"
 */

/** @typedef {{arrived: (book: Book) => void, find: (bookId: string) => void}} Listener */

export class Uploads {
  #client;
  #away;
  /** @type {Listener | undefined} */
  #listener;
  /** @type {Upload[]} */
  #queue = [];
  #sending = false;
  node = element("ul", { class: "uploads", "aria-label": "Uploads" });

  /**
   * @param {Palaver} client
   * @param {(book: Book) => void} away told of a book that arrived while nobody listened
   */
  constructor(client, away) {
    this.#client = client;
    this.#away = away;
  }

  /**
   * Shows the uploads in a panel, and tells it what arrives until it stops listening.
   *
   * @param {HTMLElement} place
   * @param {Listener} listener
   */
  showIn(place, listener) {
    place.append(this.node);
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** @param {File[]} files */
  send(files) {
    for (const file of files) {
      const upload = uploadOf(
        this.#client,
        file,
        (book) => (this.#listener ? this.#listener.arrived(book) : this.#away(book)),
        (bookId) => this.#listener?.find(bookId),
      );
      this.node.append(upload.node);
      this.#queue.push(upload);
    }
    if (!this.#sending) void this.#sendAll();
  }

  /** One after the other: each gets the whole line, and the first is searched soonest. */
  async #sendAll() {
    this.#sending = true;
    // What is not there yet would be lost with the page.
    const stay = (/** @type {Event} */ event) => event.preventDefault();
    window.addEventListener("beforeunload", stay);
    for (let upload = this.#queue.shift(); upload; upload = this.#queue.shift()) {
      await upload.start();
    }
    window.removeEventListener("beforeunload", stay);
    this.#sending = false;
  }
}
