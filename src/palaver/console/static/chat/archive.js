/** What is stored of a session's messages, as far as it was loaded and is near to what is read. */

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").HistoryMessage} HistoryMessage */

const PAGE = 50;
/** No more is kept, and of what is farther away than half of it nothing. */
const MOST = 2_000;

export class Archive {
  #desk;
  #sessionId;
  /** @type {Map<number, HistoryMessage>} */
  #messages = new Map();
  /** @type {Map<string, number>} */
  #places = new Map();
  /** How many the session has. */
  total = 0;

  /** @param {Desk} desk @param {string} sessionId */
  constructor(desk, sessionId) {
    this.#desk = desk;
    this.#sessionId = sessionId;
  }

  /** Load the newest ones. */
  async open() {
    const { data } = await this.#desk.client.getRecentSessionHistory({
      session_id: this.#sessionId,
      limit: PAGE,
    });
    data.history.forEach((message) => this.#keep(message));
  }

  /**
   * Load those that came since, until there are no more.
   *
   * @returns {AsyncGenerator<HistoryMessage>}
   */
  async *newer() {
    for (let more = true; more; ) {
      const messages = await this.#page(this.total, PAGE);
      for (const message of messages) {
        this.#keep(message);
        yield message;
      }
      more = messages.length === PAGE;
    }
  }

  /**
   * Load a message with those around it that are not there yet.
   *
   * @param {number} seq
   */
  async load(seq) {
    let first = seq;
    let end = seq + 1;
    const lacks = (/** @type {number} */ each) => each >= 0 && each < this.total && !this.#messages.has(each);
    while (end - first < PAGE / 2 && lacks(end)) end += 1;
    while (end - first < PAGE && lacks(first - 1)) first -= 1;
    while (end - first < PAGE && lacks(end)) end += 1;
    for (const message of await this.#page(first, end - first)) this.#keep(message);
    if (this.#messages.size <= MOST) return;
    for (const [each, { id }] of this.#messages) {
      if (Math.abs(each - seq) < MOST / 2) continue;
      this.#messages.delete(each);
      this.#places.delete(id);
    }
  }

  /** @param {number} seq */
  get(seq) {
    return this.#messages.get(seq);
  }

  /** Whether there is one like this among those that were loaded. @param {(message: HistoryMessage) => boolean} isIt */
  has(isIt) {
    return [...this.#messages.values()].some(isIt);
  }

  /** The place of a message. @param {string} id */
  find(id) {
    return this.#places.get(id);
  }

  /** Forget a message that is not as it was. @param {number} seq */
  drop(seq) {
    this.#messages.delete(seq);
  }

  /** @param {number} skip @param {number} limit */
  async #page(skip, limit) {
    const { data } = await this.#desk.client.getAgentSessionHistory({
      session_id: this.#sessionId,
      skip,
      limit,
    });
    return data.history;
  }

  /** @param {HistoryMessage} message */
  #keep(message) {
    this.#messages.set(message.seq, message);
    this.#places.set(message.id, message.seq);
    this.total = Math.max(this.total, message.seq + 1);
  }
}
