/** The deck beside a conversation: looked at slide by slide, changed, undone, and taken along. */
import { ApiError } from "../vendor/palaver-client.min.js";
import { confirmed } from "../dialog.js";
import { button, element, freshId } from "../element.js";
import { wordsOf } from "../errors.js";
import { icon } from "../icons.js";
import { saved } from "../saving.js";
import { CurrentDeck } from "./current.js";
import { SlideForm } from "./form.js";
import { titleOf } from "./layouts.js";
import { SlideList } from "./list.js";
import { Stage } from "./stage.js";
import { titleAsked } from "./title.js";

/**
 * @import { ExportFormat, RunEvent, SlideContent, Theme } from "../vendor/palaver-client.min.js"
 * @import { Desk } from "../desk.js"
 */

const THEMES = /** @type {Record<Theme, string>} */ ({
  paper: "Paper",
  midnight: "Midnight",
  ocean: "Ocean",
});
const STALE = "The slides were changed meanwhile, by the chat or in another window.";

/**
 * Shows a session's deck in a place. `hear` takes the events of the session's turns; `close` ends it.
 *
 * @param {HTMLElement} place
 * @param {Desk} desk
 * @param {string} session the session's id
 * @param {(slides: number) => void} counted told how many slides there are, whenever it changes
 */
export function openDeck(place, desk, session, counted) {
  return new DeckPanel(place, desk, session, counted);
}

class DeckPanel {
  #current;
  #desk;
  #counted;
  #place;
  #closing = new AbortController();
  /** @type {Promise<void>} */
  #last = Promise.resolve();
  /** @type {string | undefined} */
  #chosen;
  /** @type {SlideForm | undefined} */
  #form;

  #heading = element("h2", { id: freshId("deck") });
  #stage = new Stage();
  #list = new SlideList({
    choose: (id) => this.#choose(id),
    edit: (id) => this.#edit(id),
    move: (id, by) => this.#move(id, by),
    remove: (id) => void this.#delete(id),
  });
  #theme = element("select", { id: freshId("theme"), onchange: () => this.#paint() });
  #count = element("p", { class: "slide-count", "aria-live": "polite" });
  #previous = button("Previous", () => this.#step(-1));
  #next = button("Next", () => this.#step(1));
  #undo = button("Undo", () => this.#undoChange());
  #pencil = button("", () => void this.#rename(), {
    ...named("Rename the slides"),
    class: "plain small",
  });
  #empty = element(
    "p",
    { class: "deck-empty" },
    "There are no slides yet. Ask for some in the conversation, such as “Create a 5-slide " +
      "presentation about bees”, or write the first one.",
  );
  #view = element("div", { class: "deck-view" });
  #whole = element("div", { class: "deck-tools" });
  #one = element("div", { class: "deck-tools" });

  /**
   * @param {HTMLElement} place
   * @param {Desk} desk
   * @param {string} session
   * @param {(slides: number) => void} counted
   */
  constructor(place, desk, session, counted) {
    this.#place = place;
    this.#desk = desk;
    this.#counted = counted;
    this.#current = new CurrentDeck(desk.client, session);
    for (const [theme, name] of Object.entries(THEMES)) {
      this.#theme.append(element("option", { value: theme }, name));
    }
    this.#pencil.append(icon("pencil"));
    this.#whole.append(
      element("label", { for: this.#theme.id, class: "unseen" }, "Theme"),
      this.#theme,
      this.#undo,
      button("PowerPoint", () => this.#export("pptx"), { title: "Save as a PowerPoint file" }),
      button("PDF", () => this.#export("pdf"), { title: "Save as a PDF file" }),
    );
    this.#one.append(
      button("Edit", () => this.#chosen && this.#edit(this.#chosen)),
      button("Add", () => this.#add(), { title: "Add a slide after this one" }),
      button("↑", () => this.#chosen && this.#move(this.#chosen, -1), named("Move up")),
      button("↓", () => this.#chosen && this.#move(this.#chosen, 1), named("Move down")),
      button("Delete", () => this.#chosen && void this.#delete(this.#chosen), { class: "danger" }),
    );
    const steps = element("div", { class: "deck-steps" }, this.#previous, this.#count, this.#next);
    this.#view.append(this.#stage.node, steps, this.#one, this.#list.node);
    place.replaceChildren(
      element(
        "section",
        { class: "deck", "aria-labelledby": this.#heading.id },
        element(
          "header",
          { class: "deck-head" },
          element("div", { class: "deck-title" }, this.#heading, this.#pencil),
          this.#whole,
        ),
        this.#empty,
        this.#view,
      ),
    );
    this.#empty.append(" ", button("Write a slide", () => this.#add()));
    const { signal } = this.#closing;
    desk.addEventListener("back", () => void this.#readAnew(), { signal });
    void this.#readAnew();
  }

  /** @param {RunEvent} event */
  hear(event) {
    if (event.type !== "deck.updated") return;
    const [changed] = event.changed_slide_ids;
    // Follow what is being made, but do not turn the page under somebody who writes.
    if (changed && !this.#form) this.#chosen = changed;
    void this.#readAnew();
  }

  close() {
    this.#closing.abort();
    this.#place.replaceChildren();
  }

  get #closed() {
    return this.#closing.signal.aborted;
  }

  async #readAnew() {
    try {
      await this.#current.read();
      this.#show();
    } catch (error) {
      if (!this.#closed) this.#desk.fail(error, "The slides could not be loaded.");
    }
  }

  #show() {
    const { deck, slides } = this.#current;
    if (this.#closed || !deck) return;
    const place = Math.max(this.#current.placeOf(this.#chosen), 0);
    const slide = slides[place];
    this.#chosen = slide?.slide_id;
    this.#heading.textContent = deck.title;
    this.#theme.value = deck.theme;
    this.#undo.disabled = deck.version === 0;
    this.#empty.hidden = slides.length > 0 || this.#form !== undefined;
    this.#pencil.hidden = deck.version === 0 || this.#form !== undefined;
    this.#whole.hidden = deck.version === 0 || this.#form !== undefined;
    this.#view.hidden = slides.length === 0 || this.#form !== undefined;
    this.#list.show(slides, this.#chosen);
    this.#previous.disabled = place === 0;
    this.#next.disabled = place >= slides.length - 1;
    this.#count.textContent = `Slide ${place + 1} of ${slides.length}`;
    if (slide) this.#stage.show(deck.slide_deck, slide, place + 1);
    this.#counted(slides.length);
  }

  /** @param {string} id */
  #choose(id) {
    this.#chosen = id;
    this.#show();
  }

  /** @param {number} by */
  #step(by) {
    const { slides } = this.#current;
    const next = slides[this.#current.placeOf(this.#chosen) + by];
    if (next) this.#choose(next.slide_id);
  }

  /** @param {string} id */
  #edit(id) {
    const place = this.#current.placeOf(id);
    const slide = this.#current.slides[place];
    if (!slide) return;
    this.#choose(id);
    this.#write(`Slide ${place + 1}`, slide.content, async (content) => {
      // Somebody may have deleted it while it was written.
      if (this.#current.placeOf(id) < 0) this.#chosen = await this.#current.insert(content, place);
      else await this.#current.replace(id, content);
    });
  }

  #add() {
    const position = this.#current.placeOf(this.#chosen) + 1;
    const layout = this.#current.slides.length === 0 ? "title" : "bullets";
    const content = /** @type {SlideContent} */ ({ layout, title: "", bullets: [] });
    this.#write(`A new slide, number ${position + 1}`, content, async (written) => {
      this.#chosen = await this.#current.insert(written, position);
    });
  }

  /**
   * @param {string} heading
   * @param {SlideContent} content
   * @param {(content: SlideContent) => Promise<void>} store
   */
  #write(heading, content, store) {
    if (this.#form) return;
    const before = document.activeElement;
    const end = () => {
      form.node.remove();
      this.#form = undefined;
      this.#show();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
    const save = async (/** @type {SlideContent} */ written) => {
      try {
        await store(written);
        end();
        this.#desk.say("The slide was saved.");
      } catch (error) {
        if (!isStale(error)) throw error;
        await this.#readAnew();
        form.say(`${STALE} Your text is still here: save it again to put it into the deck as it is now.`);
      }
    };
    const form = new SlideForm(heading, content, this.#pictures(), save, end);
    this.#form = form;
    this.#view.after(form.node);
    this.#show();
    form.focus();
  }

  #pictures() {
    const { client, sender } = this.#desk;
    const session_id = this.#current.session;
    return {
      /** @type {import("./picture.js").Pictures["send"]} */
      send: async (file, onProgress) => {
        const onUploadProgress = (/** @type {{loaded: number, total: number}} */ at) =>
          onProgress(at.loaded / at.total);
        const input = { session_id, body: { file } };
        return (await sender.uploadSlideImage(input, { onUploadProgress })).image_id;
      },
      /** @type {import("./picture.js").Pictures["address"]} */
      address: async (image_id) => {
        const download = await client.getSlideImage({ session_id, image_id });
        return dataAddress(await download.blob());
      },
      wordsOf,
    };
  }

  /** @param {string} id */
  async #delete(id) {
    const place = this.#current.placeOf(id);
    const slide = this.#current.slides[place];
    if (!slide) return;
    const question = `Delete slide ${place + 1}?`;
    if (!(await confirmed(question, `“${titleOf(slide.content)}”. Undo brings it back.`, "Delete"))) {
      return;
    }
    this.#change("The slide could not be deleted.", async () => {
      await this.#current.delete(id);
      this.#chosen = (this.#current.slides[place] ?? this.#current.slides[place - 1])?.slide_id;
      return "The slide was deleted.";
    });
  }

  /**
   * @param {string} id
   * @param {number} by
   */
  #move(id, by) {
    this.#change("The slide could not be moved.", async () => {
      const position = this.#current.placeOf(id) + by;
      if (position < 0 || position >= this.#current.slides.length) return undefined;
      await this.#current.move(id, position);
      this.#chosen = id;
      return `The slide is number ${position + 1} now.`;
    });
  }

  #paint() {
    const theme = /** @type {Theme} */ (this.#theme.value);
    this.#change("The theme could not be changed.", async () => {
      await this.#current.update({ theme });
      return `The theme is ${THEMES[theme]} now.`;
    });
  }

  async #rename() {
    const title = await titleAsked(this.#current.deck?.title ?? "");
    if (title === undefined) return;
    this.#change("The title could not be changed.", async () => {
      await this.#current.update({ title });
      return "The title was changed.";
    });
  }

  #undoChange() {
    this.#change("Nothing was undone.", async () => {
      await this.#current.undo();
      return "The last change was undone.";
    });
  }

  /** @param {ExportFormat} format */
  #export(format) {
    this.#desk.say("The file is being made …");
    this.#change("The file could not be made.", async () => {
      const session_id = this.#current.session;
      const download = await this.#desk.client.exportSession({ session_id, format });
      await saved(download, `slides.${format}`);
      return `${download.name ?? "The file"} was saved.`;
    });
  }

  /**
   * Does something after what is still being done, for the version that there is then.
   *
   * @param {string} failure
   * @param {() => Promise<string | undefined>} act gives what to say
   */
  #change(failure, act) {
    this.#last = this.#last.then(() => this.#done(failure, act));
  }

  /**
   * @param {string} failure
   * @param {() => Promise<string | undefined>} act
   */
  async #done(failure, act) {
    if (this.#closed) return;
    try {
      const done = await act();
      this.#show();
      if (done) this.#desk.say(done);
    } catch (error) {
      if (isStale(error)) {
        await this.#readAnew();
        this.#desk.say(`${STALE} They are shown as they are now; nothing was changed.`);
      } else {
        this.#show();
        this.#desk.fail(error, failure);
      }
    }
  }
}

/** @param {string} name */
function named(name) {
  return { "aria-label": name, title: name };
}

/** @param {unknown} error */
function isStale(error) {
  return error instanceof ApiError && error.status === 412;
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function dataAddress(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
