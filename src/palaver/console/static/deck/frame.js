/** One slide in a frame that can do nothing but show it. */
import { element } from "../element.js";
import { titleOf } from "./layouts.js";

/** @import { DeckSlide, SlideDeck } from "../vendor/palaver-client.min.js" */

export class SlideFrame {
  #name;
  #page = "";
  /** @type {HTMLIFrameElement | undefined} */
  #next;
  /** What is seen now; its place is kept by whatever comes after it. @type {HTMLIFrameElement} */
  element;

  /** @param {string} name its class */
  constructor(name) {
    this.#name = name;
    this.element = framed({ class: name, title: "Slide" });
  }

  /**
   * @param {SlideDeck} deck
   * @param {DeckSlide} slide
   * @param {number} number from 1
   */
  show(deck, slide, number) {
    const title = `Slide ${number}: ${titleOf(slide.content)}`;
    // The style sheet stands alone in its element: the page's policy knows it by its hash.
    const page = `<!doctype html><html lang=""><head><meta charset="utf-8"><title></title>
<style>${deck.css}</style></head><body marginwidth="0" marginheight="0">${slide.html}</body></html>`;
    if (page === this.#page) {
      (this.#next ?? this.element).title = title;
      return;
    }
    this.#page = page;
    // Each in a frame of its own: one that is given the next page while it loads may stay empty.
    this.#next?.remove();
    const next = framed({ title, hidden: true, srcdoc: page });
    next.addEventListener("load", () => this.#turn(next), { once: true });
    this.#next = next;
    this.element.after(next);
  }

  /** @param {HTMLIFrameElement} next what has loaded */
  #turn(next) {
    if (next !== this.#next) return;
    next.className = this.#name;
    next.style.cssText = this.element.style.cssText;
    next.hidden = false;
    this.element.remove();
    this.element = next;
    this.#next = undefined;
  }
}

/** A frame of an origin of its own, without scripts, forms, or a way out of it. @param {Record<string, unknown>} how */
function framed(how) {
  return element("iframe", { sandbox: "", marginwidth: 0, marginheight: 0, ...how });
}
