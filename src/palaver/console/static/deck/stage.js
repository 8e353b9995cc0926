/** One slide, as large as there is room for it, in a frame that can do nothing but show it. */
import { element } from "../element.js";
import { titleOf } from "./layouts.js";

/** @import { DeckSlide, SlideDeck } from "../vendor/palaver-client.min.js" */

/**
 * A frame of an origin of its own, without scripts, forms, or a way out of it.
 *
 * @param {string} name its class
 */
export function framed(name) {
  return element("iframe", { class: name, sandbox: "", marginwidth: 0, marginheight: 0, title: "Slide" });
}

/**
 * The page of such a frame, and what it is called.
 *
 * @param {SlideDeck} deck
 * @param {DeckSlide} slide
 * @param {number} number from 1
 */
export function pageOf(deck, slide, number) {
  // The style sheet stands alone in its element: the page's policy knows it by its hash.
  const page = `<!doctype html><html lang=""><head><meta charset="utf-8"><title></title>
<style>${deck.css}</style></head><body marginwidth="0" marginheight="0">${slide.html}</body></html>`;
  return { page, title: `Slide ${number}: ${titleOf(slide.content)}` };
}

export class Stage {
  #shown = "";
  #frame = framed("slide-frame");
  #notes = element("p", { class: "slide-notes" });
  #notesBlock = element(
    "details",
    { class: "slide-notes-block", hidden: true },
    element("summary", {}, "Speaker notes"),
    this.#notes,
  );

  /** @type {HTMLElement} */
  node = element("div", { class: "slide-stage" }, this.#frame, this.#notesBlock);

  /**
   * @param {SlideDeck} deck
   * @param {DeckSlide} slide
   * @param {number} number from 1
   */
  show(deck, slide, number) {
    const { page, title } = pageOf(deck, slide, number);
    this.#frame.title = title;
    this.#notes.textContent = slide.content.notes ?? "";
    this.#notesBlock.hidden = !slide.content.notes;
    if (page === this.#shown) return;
    this.#shown = page;
    this.#frame.srcdoc = page;
  }
}
