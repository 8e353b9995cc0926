/** One slide, as large as there is room for it, and its notes. */
import { element } from "../element.js";
import { SlideFrame } from "./frame.js";

/** @import { DeckSlide, SlideDeck } from "../vendor/palaver-client.min.js" */

export class Stage {
  #frame = new SlideFrame("slide-frame");
  #notes = element("p", { class: "slide-notes" });
  #notesBlock = element(
    "details",
    { class: "slide-notes-block", hidden: true },
    element("summary", {}, "Speaker notes"),
    this.#notes,
  );

  /** @type {HTMLElement} */
  node = element("div", { class: "slide-stage" }, this.#frame.element, this.#notesBlock);

  /**
   * @param {SlideDeck} deck
   * @param {DeckSlide} slide
   * @param {number} number from 1
   */
  show(deck, slide, number) {
    this.#frame.show(deck, slide, number);
    this.#notes.textContent = slide.content.notes ?? "";
    this.#notesBlock.hidden = !slide.content.notes;
  }
}
