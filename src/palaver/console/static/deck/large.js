/** Slides one by one, as large as the window: arrows lead on, Escape leads back. */
import { shown } from "../dialog.js";
import { button, element, freshId } from "../element.js";
import { icon } from "../icons.js";
import { SlideFrame } from "./frame.js";

/** @import { DeckSlide, SlideDeck } from "../vendor/palaver-client.min.js" */

/** What a key does: so many slides on, or to the first or the last one. */
const KEYS = /** @type {Record<string, number>} */ ({
  ArrowLeft: -1,
  ArrowUp: -1,
  PageUp: -1,
  ArrowRight: 1,
  ArrowDown: 1,
  PageDown: 1,
  " ": 1,
  Home: -Infinity,
  End: Infinity,
});

/** A slide is so wide, and no wider, whatever it stands in. */
const WIDTH = 960;
const HEIGHT = 540;

export class LargeView {
  #frame = new SlideFrame("large-frame");
  #place = element("div", { class: "large-place" }, this.#frame.element);
  #count = element("p", { class: "slide-count", "aria-live": "polite", id: freshId("large") });
  #previous = button("Previous", () => this.#step(-1));
  #next = button("Next", () => this.#step(1));
  #dialog;
  #step;
  #resized = new ResizeObserver(() => this.#fit());

  /**
   * @param {(by: number) => void} step goes so many slides on
   * @param {() => void} closed
   */
  constructor(step, closed) {
    this.#step = step;
    const close = button("", () => this.close(), { class: "plain", "aria-label": "Close", title: "Close (Escape)" });
    close.append(icon("close"));
    this.#dialog = element(
      "dialog",
      { class: "large", "aria-labelledby": this.#count.id },
      this.#place,
      element("div", { class: "large-steps" }, this.#previous, this.#count, this.#next, close),
    );
    this.#dialog.addEventListener("keydown", (event) => this.#pressed(event));
    shown(this.#dialog, () => {
      this.#resized.disconnect();
      closed();
    });
    this.#resized.observe(this.#place);
    this.#next.focus();
  }

  close() {
    this.#dialog.close();
  }

  /**
   * @param {SlideDeck} deck
   * @param {DeckSlide} slide
   * @param {number} number from 1
   * @param {number} count
   */
  show(deck, slide, number, count) {
    this.#count.textContent = `Slide ${number} of ${count}`;
    // What is disabled loses the keyboard, and its keys.
    this.#previous.setAttribute("aria-disabled", String(number === 1));
    this.#next.setAttribute("aria-disabled", String(number === count));
    this.#frame.show(deck, slide, number);
  }

  #fit() {
    const { clientWidth, clientHeight } = this.#place;
    this.#frame.element.style.scale = String(Math.min(clientWidth / WIDTH, clientHeight / HEIGHT));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const step = KEYS[event.key];
    // The space bar presses what has the focus.
    const isPress = event.key === " " && event.target instanceof HTMLButtonElement;
    if (step === undefined || isPress || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#step(step);
  }
}
