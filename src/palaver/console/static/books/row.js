/** A book of the library, as one row of its list. */
import { button, element } from "../element.js";

/** @import { Book } from "../vendor/palaver-client.min.js" */

/** @typedef {{retry: (book: Book) => void, remove: (book: Book) => void}} BookActions */

export class BookRow {
  /** @type {Book} */
  book;
  #actions;
  #heading = element("h2", { tabindex: -1 });
  #about = element("p", { class: "about" });
  #state = element("p", { class: "state" });
  #bar = element("progress", { max: 100 });
  #buttons = element("div", { class: "actions" });
  node = element(
    "li",
    { class: "book" },
    element("div", { class: "book-words" }, this.#heading, this.#about, this.#state),
    this.#buttons,
  );

  /**
   * @param {Book} book
   * @param {BookActions | undefined} actions undefined for whoever may not change the library
   */
  constructor(book, actions) {
    this.book = book;
    this.#actions = actions;
    this.show(book);
  }

  focus() {
    this.node.scrollIntoView({ block: "nearest" });
    this.#heading.focus();
  }

  /** @param {Book} book */
  show(book) {
    const before = this.book;
    this.book = book;
    this.#heading.textContent = book.title;
    this.#about.replaceChildren(...aboutOf(book));
    this.node.dataset["status"] = book.status;
    this.#state.replaceChildren(...this.#stateOf(book));
    if (before !== book && before.status === book.status) return;
    this.#buttons.replaceChildren(...this.#buttonsOf(book));
  }

  /** @param {Book} book */
  #stateOf(book) {
    switch (book.status) {
      case "READY":
        return [status("ready", "Ready")];
      case "FAILED":
        return [
          status("bad", "Failed"),
          element("span", { class: "reason" }, book.reason ?? "It could not be read."),
        ];
      case "PROCESSING":
        this.#bar.value = book.progress;
        this.#bar.setAttribute("aria-label", `Reading ${book.title}`);
        return [status("busy", `Being read, ${book.progress} %`), this.#bar];
      default:
        // A newer server may know more.
        return [element("span", { class: "status" }, book.status)];
    }
  }

  /** @param {Book} book */
  #buttonsOf(book) {
    const actions = this.#actions;
    if (!actions) return [];
    const failed = book.status === "FAILED";
    const label = (/** @type {string} */ what) => ({ "aria-label": `${what} ${book.title}` });
    return [
      ...(failed ? [button("Try again", () => actions.retry(this.book), label("Try again"))] : []),
      button("Delete", () => actions.remove(this.book), { ...label("Delete"), class: "danger" }),
    ];
  }
}

/**
 * @param {"ready" | "busy" | "bad"} kind
 * @param {string} words
 */
function status(kind, words) {
  return element("span", { class: `status status-${kind}` }, words);
}

/**
 * Names may be written from the right, and what follows them is not.
 *
 * @param {Book} book
 */
function aboutOf(book) {
  const parts = [book.author, book.fileName].filter(Boolean).map((name) => element("bdi", {}, name));
  const size = sizeOf(book.size);
  const pages = `${book.pageCount} ${book.pageCount === 1 ? "page" : "pages"}`;
  const numbers = book.status === "READY" ? `${size} · ${pages}` : size;
  return [...parts.flatMap((part) => [part, " · "]), numbers];
}

/**
 * A number of bytes, as people say it.
 *
 * @param {number} bytes
 */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB"];
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size >= 10 ? Math.round(size) : Math.round(size * 10) / 10} ${units[unit]}`;
}
