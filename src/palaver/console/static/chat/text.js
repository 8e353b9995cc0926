/**
 * A text that becomes elements a piece at a time: as it comes, and never so much of it at once that
 * the page stands still.
 */
import { blocksOf, elementsOf, plain } from "./markdown.js";
import { continues, partsOf, piecesOf } from "./pieces.js";

/** @typedef {import("./pieces.js").Piece} Piece */
/** @typedef {import("./pieces.js").Rows} Rows */

/** Milliseconds after which the rest waits for the next frame. */
const SLICE = 10;
/** What has more elements than this is plain text from there on. */
const MOST = 6_000;
/** A definition that links anywhere in the text refer to. */
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;

/** A text that may grow at its end. What cannot change any more is not made again. */
export class Text {
  #place;
  #text = "";
  #isWhole = false;
  /** How much of the text is settled, how many children that made, and about how many elements. */
  #settled = 0;
  #children = 0;
  #size = 0;
  /** The list or table in the middle of which what is settled ends. @type {Rows | undefined} */
  #open;
  #openChildren = 0;
  /** Whether a list turned out otherwise than its beginning was made. */
  #isMixed = false;
  /** What is not settled, and the length of the text when that was found out. @type {Piece[]} */
  #pieces = [];
  #read = -1;
  /** What shows the rest as it was written. @type {HTMLElement | undefined} */
  #rest;
  /** The text anew, until that takes the place of what is shown. @type {Text | undefined} */
  #again;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
  }

  get text() {
    return this.#text;
  }

  /** @param {string} piece */
  add(piece) {
    this.#text += piece;
  }

  /**
   * The whole text, as it is stored. The elements stay, unless something in it changes others.
   *
   * @param {string} text
   */
  finish(text) {
    const stays = this.#settled === 0 || (text === this.#text && !this.#isMixed && !DEFINITION.test(text));
    this.#isWhole = true;
    this.#text = text;
    this.#read = -1;
    if (!stays) this.#begin();
  }

  /** Make all of it anew, beside what is shown. */
  #begin() {
    this.#again = new Text(document.createElement("div"));
    this.#again.finish(this.#text);
  }

  /**
   * Make elements of what came since the last time.
   *
   * @returns {boolean} whether there is more to make in the next frame
   */
  show() {
    if (this.#again) {
      if (this.#again.show()) return true;
      this.#place.replaceChildren(...this.#again.#place.childNodes);
      return false;
    }
    // As marked counts: its tokens know of one kind of line end alone.
    const lines = this.#text.replace(/\r\n?/g, "\n");
    if (this.#rest) {
      this.#rest.textContent = lines.slice(this.#settled);
      return false;
    }
    if (this.#read !== lines.length) this.#readOn(lines);
    if (this.#isWhole && this.#isMixed) {
      this.#begin();
      return true;
    }
    this.#dropUnsettled();
    const end = performance.now() + SLICE;
    // What is last may still grow.
    const left = this.#isWhole ? 0 : 1;
    for (let piece = this.#pieces[0]; piece; piece = this.#pieces[0]) {
      if (this.#size + piece.size > MOST) {
        this.#giveUp(lines.slice(this.#settled));
        return false;
      }
      const holder = this.#make(piece);
      if (this.#pieces.length <= left) return false;
      this.#settle(piece, holder);
      this.#pieces.shift();
      if (performance.now() > end) return this.#pieces.length > 0;
    }
    return false;
  }

  /** @param {string} lines */
  #readOn(lines) {
    this.#read = lines.length;
    const rest = lines.slice(this.#settled);
    const open = this.#open;
    const blocks = blocksOf((open?.head ?? "") + rest);
    const first = blocks?.[0];
    if (!blocks) {
      this.#pieces = [{ blocks: [], length: rest.length, size: Infinity, isEnd: true }];
    } else if (open && first && continues(open, first)) {
      if (first.loose !== open.loose) this.#isMixed = true;
      this.#pieces = [...partsOf(first, open), ...piecesOf(blocks.slice(1))];
    } else if (open) {
      // It ended where it was cut.
      this.#open = undefined;
      this.#readOn(lines);
    } else {
      this.#pieces = piecesOf(blocks);
    }
  }

  #dropUnsettled() {
    while (this.#place.childNodes.length > this.#children) this.#place.lastChild?.remove();
    const place = this.#open?.place;
    while (place && place.childNodes.length > this.#openChildren) place.lastChild?.remove();
  }

  /**
   * @param {Piece} piece
   * @returns {Element | undefined} what holds its items or rows, if it is some of many
   */
  #make({ blocks, rows }) {
    const made = elementsOf(blocks);
    const holder = (rows && made.querySelector(rows.type === "list" ? "ol, ul" : "tbody")) ?? undefined;
    if (!rows?.place || !holder) {
      this.#place.append(made);
      return holder;
    }
    rows.place.append(...holder.childNodes);
    return rows.place;
  }

  /** @param {Piece} piece @param {Element | undefined} holder */
  #settle({ length, size, rows, isEnd }, holder) {
    this.#size += size;
    this.#settled += length;
    this.#children = this.#place.childNodes.length;
    if (rows) rows.place = holder;
    this.#open = rows?.place && !isEnd ? rows : undefined;
    this.#openChildren = holder?.childNodes.length ?? 0;
  }

  /** Show the rest as it was written. @param {string} rest */
  #giveUp(rest) {
    this.#rest = plain(rest);
    if (this.#settled > 0) {
      const note = document.createElement("p");
      note.className = "message-note";
      note.textContent = "This is very long. The rest is shown as it was written.";
      this.#place.append(note);
    }
    this.#place.append(this.#rest);
  }
}
