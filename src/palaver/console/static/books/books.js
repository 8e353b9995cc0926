/** The library: what it holds, how far each book is, and for whoever may change it, more of them. */
import { NotFoundError } from "../vendor/palaver-client.min.js";
import { confirmed } from "../dialog.js";
import { button, element, freshId } from "../element.js";
import { libraryHead } from "./head.js";
import { BookRow } from "./row.js";
import { Uploads } from "./uploads.js";
import { Watch } from "./watching.js";

/**
 * @import { Book } from "../vendor/palaver-client.min.js"
 * @import { Desk } from "../desk.js"
 */

const KINDS = ".pdf,.epub,.docx,.md,.markdown,.txt,.text";
const PAGE = 50;

/** @type {WeakMap<Desk, Uploads>} */
const uploadsOf = new WeakMap();

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 */
export function openBooks(place, desk) {
  const library = new Books(place, desk);
  return () => library.close();
}

class Books {
  #desk;
  /** @type {Map<string, BookRow>} */
  #rows = new Map();
  #uploads;
  #closing = new AbortController();
  /** @type {string | null} */
  #cursor = null;
  #watch;
  #list = element("ul", { class: "books-list", "aria-label": "Books" });
  #none = element("p", { class: "none", hidden: true }, "There are no books yet.");
  #more = button("Show more", () => void this.#load(), { hidden: true });

  /**
   * @param {HTMLElement} place
   * @param {Desk} desk
   */
  constructor(place, desk) {
    this.#desk = desk;
    this.#watch = new Watch(
      desk.client,
      (book) => this.#changed(book),
      (bookId, error) => this.#lost(bookId, error),
    );
    const head = libraryHead("Books", "What answers are made from.", desk.user);
    const page = element("section", { class: "books page" }, head);
    if (desk.user.admin) page.append(this.#drop());
    const away = (/** @type {Book} */ book) => desk.say(`“${book.title}” was sent to the library.`);
    this.#uploads = uploadsOf.get(desk) ?? new Uploads(desk.sender, away);
    uploadsOf.set(desk, this.#uploads);
    const leave = this.#uploads.showIn(page, {
      arrived: (book) => this.#arrived(book),
      find: (bookId) => void this.#find(bookId),
    });
    page.append(this.#none, this.#list, this.#more);
    place.replaceChildren(page);
    const { signal } = this.#closing;
    signal.addEventListener("abort", leave);
    desk.addEventListener("back", () => void this.#reload(), { signal });
    void this.#load();
  }

  close() {
    this.#closing.abort();
    this.#watch.close();
  }

  get #closed() {
    return this.#closing.signal.aborted;
  }

  #drop() {
    const input = element("input", {
      type: "file",
      id: freshId("files"),
      multiple: true,
      accept: KINDS,
      onchange: () => {
        this.#uploads.send([...(input.files ?? [])]);
        input.value = "";
      },
    });
    const hint = element("p", { class: "hint", id: freshId("kinds") }, "PDF, EPUB, DOCX, Markdown or text.");
    input.setAttribute("aria-describedby", hint.id);
    const drop = element(
      "div",
      { class: "drop" },
      element("label", { for: input.id }, "Add books"),
      input,
      element("p", { class: "drop-words", "aria-hidden": "true" }, "or drop files here"),
      hint,
    );
    let depth = 0;
    const over = (/** @type {number} */ by) => {
      depth = Math.max(depth + by, 0);
      drop.classList.toggle("over", depth > 0);
    };
    drop.addEventListener("dragenter", () => over(1));
    drop.addEventListener("dragleave", () => over(-1));
    drop.addEventListener("dragover", (event) => event.preventDefault());
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      over(-depth);
      this.#uploads.send([...(event.dataTransfer?.files ?? [])]);
    });
    return drop;
  }

  /** @param {Book} book */
  #arrived(book) {
    const row = this.#row(book);
    this.#list.prepend(row.node);
    this.#watch.add(book);
    this.#none.hidden = true;
  }

  /** The server was away: what is shown may not be so any more. */
  async #reload() {
    this.#cursor = null;
    this.#rows.clear();
    this.#list.replaceChildren();
    await this.#load();
  }

  async #load() {
    this.#more.disabled = true;
    this.#more.textContent = "Show more";
    try {
      const cursor = this.#cursor;
      const page = await this.#desk.client.listBooks({ limit: PAGE, ...(cursor && { cursor }) });
      if (this.#closed) return;
      this.#cursor = page.nextCursor;
      for (const book of page.books) {
        // What was sent just now stands at the top.
        if (this.#rows.has(book.bookId)) continue;
        this.#list.append(this.#row(book).node);
        this.#watch.add(book);
      }
      this.#more.hidden = this.#cursor === null;
      this.#none.hidden = this.#rows.size > 0;
    } catch (error) {
      if (!this.#closed) this.#desk.fail(error, "The books could not be loaded.");
      this.#more.hidden = false;
      this.#more.textContent = "Try again";
    } finally {
      this.#more.disabled = false;
    }
  }

  /** @param {Book} book */
  #row(book) {
    const known = this.#rows.get(book.bookId);
    if (known) {
      known.show(book);
      return known;
    }
    const actions = {
      retry: (/** @type {Book} */ failed) => void this.#retry(failed),
      remove: (/** @type {Book} */ unwanted) => void this.#remove(unwanted),
    };
    const row = new BookRow(book, this.#desk.user.admin ? actions : undefined);
    this.#rows.set(book.bookId, row);
    return row;
  }

  /** @param {Book} book */
  #changed(book) {
    this.#rows.get(book.bookId)?.show(book);
    if (book.status === "READY") this.#desk.say(`“${book.title}” is ready.`);
    if (book.status === "FAILED") this.#desk.say(`“${book.title}” could not be read.`);
  }

  /**
   * @param {string} bookId
   * @param {unknown} error
   */
  #lost(bookId, error) {
    if (error instanceof NotFoundError) this.#gone(bookId);
    else this.#desk.fail(error, "How far the books are is not known.");
  }

  /** @param {string} bookId */
  async #find(bookId) {
    try {
      const book = await this.#desk.client.getBook({ bookId });
      const row = this.#row(book);
      if (!row.node.isConnected) this.#list.prepend(row.node);
      this.#watch.add(book);
      row.focus();
    } catch (error) {
      this.#desk.fail(error, "The book could not be found.");
    }
  }

  /** @param {Book} book */
  async #retry(book) {
    try {
      const begun = await this.#desk.client.retryBook({ bookId: book.bookId });
      this.#rows.get(book.bookId)?.show(begun);
      this.#watch.add(begun);
      this.#rows.get(book.bookId)?.focus();
    } catch (error) {
      this.#desk.fail(error, "The book was not taken up anew.");
    }
  }

  /** @param {Book} book */
  async #remove(book) {
    const detail = "Nothing of it is found any more. Answers that were made from it stay.";
    if (!(await confirmed(`Delete “${book.title}”?`, detail, "Delete"))) return;
    try {
      await this.#desk.client.deleteBook({ bookId: book.bookId });
      this.#gone(book.bookId);
      this.#desk.say(`“${book.title}” was deleted.`);
    } catch (error) {
      this.#desk.fail(error, "The book was not deleted.");
    }
  }

  /** @param {string} bookId */
  #gone(bookId) {
    this.#watch.leave(bookId);
    const row = this.#rows.get(bookId);
    this.#rows.delete(bookId);
    const beside = row?.node.nextElementSibling ?? row?.node.previousElementSibling;
    row?.node.remove();
    this.#none.hidden = this.#rows.size > 0;
    const heading = beside?.querySelector("h2");
    heading?.focus();
  }
}
