/** A word on where answers come from, for those whose library is empty. */
import { element } from "../element.js";

/** @import { Desk } from "../desk.js" */

/**
 * Is shown while the library has no books; whether there is a model, no client knows.
 *
 * @param {Desk} desk
 * @param {AbortSignal} signal
 */
export function noBooks(desk, signal) {
  const way = desk.user.admin ? "add some" : "see who can add some";
  const hint = element(
    "p",
    { class: "soft no-books", hidden: true },
    "The library has no books yet. A server without a language model answers from books alone: ",
    element("a", { href: "#/books" }, way),
    ".",
  );

  async function look() {
    try {
      const { books } = await desk.client.listBooks({ limit: 1 });
      if (!signal.aborted) hint.hidden = books.length > 0;
    } catch {
      // It is said for those who have not begun; whoever asks for books is told why there are none.
    }
  }

  desk.addEventListener("back", () => void look(), { signal });
  void look();
  return hint;
}
