/** What undoing leads to, as far as this tab has seen how the deck came about. */
import { keep, keptOf } from "../kept.js";

/** So many changes of a deck can be undone, as the contract says. */
const KEPT = 100;

/**
 * @typedef {object} Seen
 * @property {number} version
 * @property {number} slides how many the deck has
 * @property {number[]} before how many it had before each change that can be undone, oldest first
 * @property {boolean} isWhole whether there are no changes before these
 */

export class Steps {
  #name;
  /** @type {Seen | undefined} */
  #seen;

  /** @param {string} name what the browser keeps it under */
  constructor(name) {
    this.#name = name;
    this.#seen = keptOf(name);
  }

  /** Whether there is nothing that could be undone. */
  get isAtStart() {
    return this.#seen !== undefined && this.#seen.isWhole && this.#seen.before.length === 0;
  }

  /**
   * How many slides there are after undoing the last change; undefined where nobody knows.
   *
   * @returns {number | undefined}
   */
  get next() {
    return this.#seen?.before.at(-1);
  }

  /**
   * The deck was read.
   *
   * @param {number} version
   * @param {number} slides
   */
  read(version, slides) {
    if (this.#seen?.version === version) return;
    // The first version comes of nothing.
    this.#keep({ version, slides, before: version === 1 ? [0] : [], isWhole: version <= 1 });
  }

  /**
   * The deck was changed, by the one change that made this version.
   *
   * @param {number} slides how many it has now
   * @param {number} [version] the next one, if nothing else is said
   */
  changed(slides, version = (this.#seen?.version ?? 0) + 1) {
    const seen = this.#seen;
    if (!seen || version <= seen.version) return;
    if (version > seen.version + 1) {
      this.read(version, slides);
      return;
    }
    const before = [...seen.before, seen.slides];
    const isWhole = seen.isWhole && before.length <= KEPT;
    this.#keep({ version, slides, before: before.slice(-KEPT), isWhole });
  }

  /**
   * A change was undone here.
   *
   * @param {number} slides
   * @param {number} [version]
   */
  undone(slides, version) {
    if (!this.#seen || version === undefined) return;
    this.#keep({ ...this.#seen, version, slides, before: this.#seen.before.slice(0, -1) });
  }

  /** The server says that there is nothing to undo. */
  ended() {
    if (this.#seen) this.#keep({ ...this.#seen, before: [], isWhole: true });
  }

  /** @param {Seen} seen */
  #keep(seen) {
    this.#seen = seen;
    keep(this.#name, seen);
  }
}
