/** Slides that are being written: one at a time, kept by the browser until it is saved or given up. */
import { keep, keptOf } from "../kept.js";
import { ApiError } from "../vendor/palaver-client.min.js";
import { SlideForm } from "./form.js";

/**
 * @import { SlideContent } from "../vendor/palaver-client.min.js"
 * @import { CurrentDeck } from "./current.js"
 * @import { Draft } from "./form.js"
 * @import { Pictures } from "./picture.js"
 */

/**
 * @typedef {object} Written
 * @property {string} [id] the slide that is changed; none for a new one
 * @property {number} place where it stands, or will
 * @property {string} was what it showed when that was begun
 * @property {Draft} draft
 */

export const STALE = "The slides were changed meanwhile, by the chat or in another window.";
const STAYS = "Your text is still here: save it again to put it into the deck as it is now.";

/** @param {unknown} error */
export function isStale(error) {
  return error instanceof ApiError && error.status === 412;
}

export class Writing {
  #name;
  #current;
  #pictures;
  #hooks;
  /** @type {SlideForm | undefined} */
  #form;
  /** @type {Omit<Written, "draft">} */
  #about = { place: 0, was: "" };
  /** What the form says before anything is written. */
  #blank = "";

  /**
   * @param {string} name what the browser keeps it under
   * @param {CurrentDeck} current
   * @param {Pictures} pictures
   * @param {object} hooks
   * @param {(form: HTMLElement) => void} hooks.shown where the form is to stand
   * @param {(id: string) => void} hooks.stored
   * @param {() => void} hooks.ended
   * @param {() => Promise<void>} hooks.readAnew
   */
  constructor(name, current, pictures, hooks) {
    this.#name = name;
    this.#current = current;
    this.#pictures = pictures;
    this.#hooks = hooks;
  }

  /** Whether a slide is being written. */
  get isOpen() {
    return this.#form !== undefined;
  }

  close() {
    this.#keepIt();
  }

  /** Go on with what was written before the page was left. */
  resume() {
    const kept = /** @type {Written | undefined} */ (keptOf(this.#name));
    if (!kept || this.#form) return;
    const { draft, ...about } = kept;
    this.#open(about, draft, "");
    this.#say("This was written before, and is not saved yet.");
  }

  /** @param {string} id */
  edit(id) {
    const place = this.#current.placeOf(id);
    const content = this.#current.slides[place]?.content;
    if (content) this.#open({ id, place, was: JSON.stringify(content) }, { ...content });
  }

  /** @param {number} place */
  add(place) {
    const layout = this.#current.slides.length === 0 ? "title" : "bullets";
    this.#open({ place, was: "" }, { layout, title: "", bullets: [] });
  }

  /**
   * @param {Omit<Written, "draft">} about
   * @param {Draft} draft
   * @param {string} [blank] what it says before anything is written, if that is not this
   */
  #open(about, draft, blank) {
    if (this.#form) return;
    const before = document.activeElement;
    const number = about.place + 1;
    const heading = about.id === undefined ? `A new slide, number ${number}` : `Slide ${number}`;
    const end = () => {
      form.node.remove();
      this.#form = undefined;
      keep(this.#name, undefined);
      this.#hooks.ended();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
    const save = async (/** @type {SlideContent} */ written) => {
      try {
        if (this.#isChanged()) form.say(`${STALE} ${STAYS}`);
        else {
          const id = await this.#store(written);
          end();
          this.#hooks.stored(id);
        }
      } catch (error) {
        if (!isStale(error)) throw error;
        await this.#hooks.readAnew();
        this.#isChanged();
        form.say(`${STALE} ${STAYS}`);
      }
    };
    const form = new SlideForm(heading, draft, this.#pictures, save, end);
    this.#form = form;
    this.#about = about;
    this.#blank = blank ?? JSON.stringify(form.written);
    // At once, and not when the page is left: whoever signs out leaves nothing behind.
    for (const kind of ["input", "change", "click"]) form.node.addEventListener(kind, () => this.#keepIt());
    this.#hooks.shown(form.node);
    if (blank === undefined) form.focus();
  }

  /** @param {string} words */
  #say(words) {
    this.#form?.say(words);
  }

  #keepIt() {
    if (!this.#form) return;
    const draft = this.#form.written;
    keep(this.#name, JSON.stringify(draft) === this.#blank ? undefined : { ...this.#about, draft });
  }

  /** Whether somebody else changed the slide since it was looked at last; now it was. */
  #isChanged() {
    const { id, was } = this.#about;
    const content = id === undefined ? undefined : this.#current.slides[this.#current.placeOf(id)]?.content;
    const now = content ? JSON.stringify(content) : was;
    this.#about.was = now;
    return now !== was;
  }

  /**
   * @param {SlideContent} content
   * @returns {Promise<string>} the slide's id
   */
  async #store(content) {
    const { id, place } = this.#about;
    // Somebody may have deleted it, or others, while it was written.
    if (id === undefined || this.#current.placeOf(id) < 0) {
      return this.#current.insert(content, Math.min(place, this.#current.slides.length));
    }
    await this.#current.replace(id, content);
    return id;
  }
}
