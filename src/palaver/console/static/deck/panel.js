/** The deck beside a conversation: looked at slide by slide, changed, undone, and taken along. */
import { confirmed } from "../dialog.js";
import { button, element, freshId, isolated } from "../element.js";
import { icon } from "../icons.js";
import { keptName } from "../kept.js";
import { saved } from "../saving.js";
import { failed } from "../sessions/gone.js";
import { ConflictError } from "../vendor/palaver-client.min.js";
import { CurrentDeck } from "./current.js";
import { LargeView } from "./large.js";
import { titleOf } from "./layouts.js";
import { SlideList } from "./list.js";
import { picturesOf } from "./pictures.js";
import { Stage } from "./stage.js";
import { titleAsked } from "./title.js";
import { isStale, STALE, Writing } from "./writing.js";

/**
 * @import { ExportFormat, RunEvent, Theme } from "../vendor/palaver-client.min.js"
 * @import { Desk } from "../desk.js"
 */

const THEMES = /** @type {Record<Theme, string>} */ ({
  paper: "Paper",
  midnight: "Midnight",
  ocean: "Ocean",
});

/**
 * Shows a session's deck in a place. `hear` takes the events of the session's turns; `close` ends it.
 *
 * @param {HTMLElement} place
 * @param {Desk} desk
 * @param {string} session the session's id
 * @param {(slides: number, isWritten: boolean) => void} counted told how many slides there are, and whether
 *   one is being written, whenever that changes
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
  #writing;
  /** @type {LargeView | undefined} */
  #large;

  #heading = element("bdi", {});
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
  #files = [
    button("PowerPoint", () => this.#export("pptx"), { title: "Save as a PowerPoint file" }),
    button("PDF", () => this.#export("pdf"), { title: "Save as a PDF file" }),
  ];
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
   * @param {(slides: number, isWritten: boolean) => void} counted
   */
  constructor(place, desk, session, counted) {
    this.#place = place;
    this.#desk = desk;
    this.#counted = counted;
    this.#current = new CurrentDeck(desk.client, session, keptName(desk, "steps", session));
    this.#writing = new Writing(keptName(desk, "slide", session), this.#current, picturesOf(desk, session), {
      shown: (form) => {
        this.#view.after(form);
        this.#show();
      },
      stored: (id) => {
        this.#chosen = id;
        this.#show();
        desk.say("The slide was saved.");
      },
      ended: () => this.#show(),
      readAnew: () => this.#readAnew(),
    });
    for (const [theme, name] of Object.entries(THEMES)) {
      this.#theme.append(element("option", { value: theme }, name));
    }
    this.#pencil.append(icon("pencil"));
    this.#whole.append(
      element("label", { for: this.#theme.id, class: "unseen" }, "Theme"),
      this.#theme,
      this.#undo,
      ...this.#files,
    );
    this.#one.append(
      button("Edit", () => this.#chosen && this.#edit(this.#chosen)),
      button("Add", () => this.#add(), { title: "Add a slide after this one" }),
      button("↑", () => this.#chosen && this.#move(this.#chosen, -1), named("Move up")),
      button("↓", () => this.#chosen && this.#move(this.#chosen, 1), named("Move down")),
      button("Delete", () => this.#chosen && void this.#delete(this.#chosen), { class: "danger" }),
    );
    const enlarge = button("", () => this.#enlarge(), named("Show large"));
    enlarge.append(icon("enlarge"));
    const steps = element("div", { class: "deck-steps" }, this.#previous, this.#count, this.#next, enlarge);
    this.#view.append(this.#stage.node, steps, this.#one, this.#list.node);
    const heading = element("h2", { id: freshId("deck") }, this.#heading);
    place.replaceChildren(
      element(
        "section",
        { class: "deck", "aria-labelledby": heading.id },
        element(
          "header",
          { class: "deck-head" },
          element("div", { class: "deck-title" }, heading, this.#pencil),
          this.#whole,
        ),
        this.#empty,
        this.#view,
      ),
    );
    this.#empty.append(" ", button("Write a slide", () => this.#add()));
    const { signal } = this.#closing;
    desk.addEventListener("back", () => void this.#readAnew(), { signal });
    void this.#readAnew().then(() => {
      if (!this.#closed && this.#current.deck) this.#writing.resume();
    });
  }

  /** @param {RunEvent} event */
  hear(event) {
    if (event.type !== "deck.updated") return;
    this.#current.steps.changed(event.slide_ids.length, event.version);
    const [changed] = event.changed_slide_ids;
    // Follow what is being made, but do not turn the page under somebody who writes.
    if (changed && !this.#writing.isOpen) this.#chosen = changed;
    void this.#readAnew();
  }

  /** See what others changed. */
  async look() {
    await this.#current.read();
    this.#show();
  }

  close() {
    this.#closing.abort();
    this.#large?.close();
    this.#writing.close();
    this.#place.replaceChildren();
  }

  get #closed() {
    return this.#closing.signal.aborted;
  }

  async #readAnew() {
    try {
      await this.look();
    } catch (error) {
      if (!this.#closed) failed(this.#desk, this.#current.session, error, "The slides could not be loaded.");
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
    const isWritten = this.#writing.isOpen;
    this.#undo.disabled = deck.version === 0 || this.#current.steps.isAtStart;
    for (const file of this.#files) file.disabled = slides.length === 0;
    this.#empty.hidden = slides.length > 0 || isWritten;
    this.#pencil.hidden = deck.version === 0 || isWritten;
    this.#whole.hidden = deck.version === 0 || isWritten;
    this.#view.hidden = slides.length === 0 || isWritten;
    this.#list.show(slides, this.#chosen);
    this.#previous.disabled = place === 0;
    this.#next.disabled = place >= slides.length - 1;
    this.#count.textContent = `Slide ${place + 1} of ${slides.length}`;
    if (slide) this.#stage.show(deck.slide_deck, slide, place + 1);
    if (slide) this.#large?.show(deck.slide_deck, slide, place + 1, slides.length);
    else this.#large?.close();
    this.#counted(slides.length, isWritten);
  }

  /** @param {string} id */
  #choose(id) {
    this.#chosen = id;
    this.#show();
  }

  /** @param {number} by */
  #step(by) {
    const { slides } = this.#current;
    const place = this.#current.placeOf(this.#chosen) + by;
    const next = slides[Math.min(Math.max(place, 0), slides.length - 1)];
    if (next) this.#choose(next.slide_id);
  }

  #enlarge() {
    this.#large = new LargeView(
      (by) => this.#step(by),
      () => {
        this.#large = undefined;
      },
    );
    this.#show();
  }

  /** @param {string} id */
  #edit(id) {
    this.#choose(id);
    this.#writing.edit(id);
  }

  #add() {
    this.#writing.add(this.#current.placeOf(this.#chosen) + 1);
  }

  /** @param {string} id */
  async #delete(id) {
    const place = this.#current.placeOf(id);
    const slide = this.#current.slides[place];
    if (!slide) return;
    const question = `Delete slide ${place + 1}?`;
    if (!(await confirmed(question, `“${isolated(titleOf(slide.content))}”. Undo brings it back.`, "Delete"))) {
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
      const { steps, slides } = this.#current;
      if (slides.length > 0 && !steps.next && !(await this.#isLossMeant(steps.next === 0))) return undefined;
      try {
        await this.#current.undo();
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        steps.ended();
        return "There is nothing to undo.";
      }
      return "The last change was undone.";
    });
  }

  /**
   * What made the first slides takes all of them along, and nothing brings them back.
   *
   * @param {boolean} isSure whether that is what would be undone
   */
  #isLossMeant(isSure) {
    const { length } = this.#current.slides;
    const all = length === 1 ? "the only slide" : `all ${length} slides`;
    return isSure
      ? confirmed(`Remove ${all}?`, "The last change is the one that made them. Nothing brings them back.", "Remove")
      : confirmed(
          "Undo the last change?",
          `It was not made in this window. If it made the first slides, ${all} will be gone, and nothing brings them back.`,
          "Undo",
        );
  }

  /** @param {ExportFormat} format */
  #export(format) {
    this.#desk.say("The file is being made …");
    this.#change("The file could not be made.", async () => {
      const session_id = this.#current.session;
      const download = await this.#desk.client.exportSession({ session_id, format });
      await saved(download, `slides.${format}`);
      return `${download.name ? isolated(download.name) : "The file"} was saved.`;
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
        failed(this.#desk, this.#current.session, error, failure);
      }
    }
  }
}

/** @param {string} name */
function named(name) {
  return { "aria-label": name, title: name };
}
