/** A catalogue: a list of things with names, made, changed and deleted by whoever may. */
import { confirmed, shown } from "../dialog.js";
import { button, element, freshId } from "../element.js";
import { wordsOf } from "../errors.js";
import { faultsShown } from "../fields.js";

/** @import { Desk } from "../desk.js" */

/**
 * What a catalogue is of.
 *
 * @template T
 * @typedef {object} Kind
 * @property {string} one what people call one of them
 * @property {string} many
 * @property {HTMLElement} head
 * @property {(item: T) => string | number} keyOf
 * @property {(item: T) => string} nameOf
 * @property {(item: T) => (string | null)[]} linesOf what is shown below the name
 * @property {boolean} mayAdd
 * @property {(item: T) => boolean} mayChange
 * @property {(cursor: string | undefined) => Promise<{items: T[], next: string | null}>} page
 * @property {(item: T) => Promise<void>} remove
 * @property {string} loss what deleting does
 * @property {(item: T | undefined) => HTMLElement[]} fields the form's, for one or a new one
 * @property {(item: T | undefined, form: FormData) => Promise<T>} save
 */

/** @template T */
export class Catalogue {
  #desk;
  #kind;
  #closing = new AbortController();
  /** @type {string | undefined} */
  #cursor;
  #list = element("ul", { class: "catalogue-list" });
  #none = element("p", { class: "none", hidden: true });
  #more = button("Show more", () => void this.#load(), { hidden: true });

  /** @type {HTMLElement} */
  node;

  /**
   * @param {Desk} desk
   * @param {Kind<T>} kind
   */
  constructor(desk, kind) {
    this.#desk = desk;
    this.#kind = kind;
    this.#none.textContent = `There are no ${kind.many} yet.`;
    this.#list.setAttribute("aria-label", kind.many);
    const add = kind.mayAdd && button(`New ${kind.one}`, () => this.#edit(undefined), { class: "primary" });
    this.node = element(
      "section",
      { class: "catalogue page" },
      kind.head,
      add && element("div", { class: "actions" }, add),
      this.#none,
      this.#list,
      this.#more,
    );
    const { signal } = this.#closing;
    desk.addEventListener("back", () => void this.#reload(), { signal });
    void this.#load();
  }

  close() {
    this.#closing.abort();
  }

  get #closed() {
    return this.#closing.signal.aborted;
  }

  /** The server was away: what is shown may not be so any more. */
  async #reload() {
    this.#cursor = undefined;
    this.#list.replaceChildren();
    await this.#load();
  }

  async #load() {
    this.#more.disabled = true;
    this.#more.textContent = "Show more";
    try {
      const { items, next } = await this.#kind.page(this.#cursor);
      if (this.#closed) return;
      this.#cursor = next ?? undefined;
      for (const item of items) this.#put(item);
      this.#more.hidden = next === null;
      this.#counted();
    } catch (error) {
      if (!this.#closed) this.#desk.fail(error, `The ${this.#kind.many} could not be loaded.`);
      this.#more.hidden = false;
      this.#more.textContent = "Try again";
    } finally {
      this.#more.disabled = false;
    }
  }

  /**
   * Shows an item, in place of what there was of it.
   *
   * @param {T} item
   */
  #put(item) {
    const kind = this.#kind;
    const name = kind.nameOf(item);
    const key = String(kind.keyOf(item));
    const heading = element("h2", { tabindex: -1 }, name);
    const row = element(
      "li",
      { "data-key": key },
      element(
        "div",
        { class: "catalogue-words" },
        heading,
        ...kind.linesOf(item).map((line) => line && element("p", {}, line)),
      ),
      kind.mayChange(item) &&
        element(
          "div",
          { class: "actions" },
          button("Edit", () => this.#edit(item), { "aria-label": `Edit ${name}` }),
          button("Delete", () => void this.#remove(item, row), {
            "aria-label": `Delete ${name}`,
            class: "danger",
          }),
        ),
    );
    const known = [...this.#list.children].find((each) => each.getAttribute("data-key") === key);
    if (known) known.replaceWith(row);
    else this.#list.append(row);
    return heading;
  }

  #counted() {
    this.#none.hidden = this.#list.children.length > 0;
  }

  /** @param {T | undefined} item */
  #edit(item) {
    const kind = this.#kind;
    const heading = freshId("heading");
    const fault = element("p", { class: "fault", role: "alert", hidden: true });
    const save = element("button", { type: "submit", class: "primary" }, "Save");
    const words = item ? `Change ${kind.nameOf(item)}` : `New ${kind.one}`;
    const form = element(
      "form",
      { onsubmit: (/** @type {Event} */ event) => void submit(event) },
      element("h2", { id: heading }, words),
      fault,
      ...kind.fields(item),
      element("div", { class: "actions" }, button("Cancel", () => dialog.close()), save),
    );
    const dialog = element("dialog", { "aria-labelledby": heading }, form);

    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      save.disabled = true;
      fault.hidden = true;
      try {
        const saved = await kind.save(item, new FormData(form));
        dialog.close();
        this.#put(saved).focus();
        this.#counted();
        this.#desk.say(`“${kind.nameOf(saved)}” was saved.`);
      } catch (error) {
        if (faultsShown(form, error)) return;
        fault.textContent = wordsOf(error);
        fault.hidden = false;
      } finally {
        save.disabled = false;
      }
    };
    let changed = false;
    form.addEventListener("input", () => {
      changed = true;
    });
    dialog.addEventListener("cancel", (event) => {
      if (!changed) return;
      // Escape is pressed easily, and much may have been written.
      event.preventDefault();
      const detail = "It was not saved.";
      void confirmed("Leave what you wrote?", detail, "Leave it").then((leave) => {
        if (leave) dialog.close();
      });
    });
    shown(dialog);
  }

  /**
   * @param {T} item
   * @param {HTMLElement} row
   */
  async #remove(item, row) {
    const { nameOf, remove, loss, one } = this.#kind;
    if (!(await confirmed(`Delete “${nameOf(item)}”?`, loss, "Delete"))) return;
    try {
      await remove(item);
      const beside = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      this.#counted();
      beside?.querySelector("h2")?.focus();
      this.#desk.say(`“${nameOf(item)}” was deleted.`);
    } catch (error) {
      this.#desk.fail(error, `The ${one} was not deleted.`);
    }
  }
}

/**
 * The head of a catalogue's page.
 *
 * @param {string} title
 * @param {string} about
 */
export function catalogueHead(title, about) {
  return element(
    "header",
    { class: "page-head" },
    element("h1", {}, title),
    element("p", { class: "hint" }, about),
  );
}
