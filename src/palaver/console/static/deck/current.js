/** A session's deck as this page knows it: read, changed, and read anew when others changed it. */

/** @import { Deck, DeckSlide, Palaver, SlideContent, Theme } from "../vendor/palaver-client.min.js" */

import { Steps } from "./steps.js";

export class CurrentDeck {
  /** @type {Deck | undefined} */
  deck;
  #etag = "";
  #edits = 0;
  /** @type {Promise<void> | undefined} */
  #reading;

  /**
   * @param {Palaver} client
   * @param {string} session the session's id
   * @param {string} kept what the browser keeps the steps under that led to it
   */
  constructor(client, session, kept) {
    this.client = client;
    this.session = session;
    this.steps = new Steps(kept);
  }

  /** @returns {readonly DeckSlide[]} */
  get slides() {
    return this.deck?.slide_deck.slides ?? [];
  }

  /** @param {string | undefined} id */
  placeOf(id) {
    return this.slides.findIndex((slide) => slide.slide_id === id);
  }

  /** Reads the deck. Who asks while it is being read gets what is read after that. */
  async read() {
    await this.#reading?.catch(() => undefined);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #read() {
    let edits;
    do {
      edits = this.#edits;
      const { data, headers } = await this.client
        .getSessionSlides({ session_id: this.session })
        .withResponse();
      // What was read while a change was being made may be what was before it.
      if (edits === this.#edits) {
        this.deck = data;
        this.#etag = headers.get("ETag") ?? "*";
        this.steps.read(data.version, this.slides.length);
      }
    } while (edits !== this.#edits);
  }

  /**
   * @param {SlideContent} content
   * @param {number} position
   */
  async insert(content, position) {
    const made = await this.#changed((where) =>
      this.client.insertSlide({ ...where, body: { content, position } }),
    );
    this.steps.changed(this.slides.length + 1);
    if (this.deck?.version === 0) await this.read();
    else this.deck?.slide_deck.slides.splice(position, 0, made);
    return made.slide_id;
  }

  /**
   * @param {string} id
   * @param {SlideContent} content
   */
  async replace(id, content) {
    const made = await this.#changed((where) =>
      this.client.replaceSlide({ ...where, slide_id: id, body: { content } }),
    );
    this.steps.changed(this.slides.length);
    const place = this.placeOf(id);
    if (place >= 0) this.deck?.slide_deck.slides.splice(place, 1, made);
  }

  /** @param {string} id */
  async delete(id) {
    await this.#changed((where) => this.client.deleteSlide({ ...where, slide_id: id }));
    this.deck?.slide_deck.slides.splice(this.placeOf(id), 1);
    this.steps.changed(this.slides.length);
  }

  /**
   * @param {string} id
   * @param {number} position
   */
  async move(id, position) {
    this.deck = await this.#changed((where) =>
      this.client.moveSlide({ ...where, slide_id: id, body: { position } }),
    );
    this.steps.changed(this.slides.length, this.deck?.version);
  }

  /** @param {{theme?: Theme, title?: string}} fields */
  async update(fields) {
    this.deck = await this.#changed((where) =>
      this.client.updateDeck({ ...where, body: fields }),
    );
    this.steps.changed(this.slides.length, this.deck?.version);
  }

  async undo() {
    this.deck = await this.#changed((where) => this.client.undoDeckChange(where));
    this.steps.undone(this.slides.length, this.deck?.version);
  }

  /**
   * One change of the version that is shown. Throws what the server says, such as a 412 where it is
   * not the newest any more.
   *
   * @template T
   * @param {(where: {session_id: string, if_match: string}) =>
   *   import("../vendor/palaver-client.min.js").Call<T>} change
   * @returns {Promise<T>}
   */
  async #changed(change) {
    this.#edits += 1;
    try {
      const where = { session_id: this.session, if_match: this.#etag };
      const { data, headers } = await change(where).withResponse();
      this.#etag = headers.get("ETag") ?? "*";
      return data;
    } finally {
      this.#edits += 1;
    }
  }
}
