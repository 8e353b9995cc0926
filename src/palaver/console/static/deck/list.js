/** The slides of a deck in their order, to choose one by mouse or keyboard. */
import { button, element } from "../element.js";
import { LAYOUTS, titleOf } from "./layouts.js";

/** @import { DeckSlide } from "../vendor/palaver-client.min.js" */

/**
 * @typedef {object} Actions
 * @property {(id: string) => void} choose
 * @property {(id: string) => void} edit
 * @property {(id: string, by: number) => void} move
 * @property {(id: string) => void} remove
 */

const STEPS = /** @type {Record<string, (at: number, count: number) => number>} */ ({
  ArrowUp: (at) => at - 1,
  ArrowLeft: (at) => at - 1,
  ArrowDown: (at) => at + 1,
  ArrowRight: (at) => at + 1,
  Home: () => 0,
  End: (_, count) => count - 1,
});

/** One button for each slide; only the chosen one is a stop of the Tab key, arrows lead on. */
export class SlideList {
  #actions;
  node = element("ol", { class: "slide-list", "aria-label": "Slides" });

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.node.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /**
   * @param {readonly DeckSlide[]} slides
   * @param {string | undefined} chosen
   */
  show(slides, chosen) {
    const focused = this.node.contains(document.activeElement);
    const known = new Map(this.#buttons().map((each) => [each.dataset["slide"], each]));
    const items = slides.map(({ slide_id: id, content }, place) => {
      const item = known.get(id) ?? button("", () => this.#actions.choose(id), { "data-slide": id });
      const current = id === chosen;
      item.tabIndex = current ? 0 : -1;
      item.toggleAttribute("data-chosen", current);
      if (current) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
      item.replaceChildren(
        element("span", { class: "slide-number" }, place + 1),
        element("bdi", { class: "slide-title", title: titleOf(content) }, titleOf(content)),
        element("span", { class: "slide-layout" }, LAYOUTS[content.layout].name),
      );
      return item.parentElement ?? element("li", {}, item);
    });
    if (!same([...this.node.children], items)) this.node.replaceChildren(...items);
    const current = this.node.querySelector("[data-chosen]");
    if (!(current instanceof HTMLElement)) return;
    if (focused) current.focus({ preventScroll: true });
    this.#scrollTo(current);
  }

  /** @returns {HTMLButtonElement[]} */
  #buttons() {
    return [...this.node.querySelectorAll("button")];
  }

  /**
   * Brings a slide into the list's view and moves nothing else of the page.
   *
   * @param {HTMLElement} item
   */
  #scrollTo(item) {
    const list = this.node.getBoundingClientRect();
    const own = item.getBoundingClientRect();
    if (own.top < list.top) this.node.scrollTop -= list.top - own.top;
    else if (own.bottom > list.bottom) this.node.scrollTop += own.bottom - list.bottom;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const all = this.#buttons();
    const at = all.findIndex((each) => each === event.target);
    const id = all[at]?.dataset["slide"];
    if (id === undefined || event.ctrlKey || event.metaKey) return;
    const step = STEPS[event.key];
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      this.#actions.move(id, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.altKey) {
      return;
    } else if (event.key === "Delete") {
      this.#actions.remove(id);
    } else if (event.key === "F2") {
      this.#actions.edit(id);
    } else if (step) {
      const next = all[Math.min(Math.max(step(at, all.length), 0), all.length - 1)];
      next?.focus();
      next?.click();
    } else {
      return;
    }
    event.preventDefault();
  }
}

/**
 * @param {Element[]} some
 * @param {Element[]} others
 */
function same(some, others) {
  return some.length === others.length && some.every((each, place) => each === others[place]);
}
