/** One file on its way into the library, with how far it is. */
import { ApiError } from "../vendor/palaver-client.min.js";
import { button, element } from "../element.js";
import { told } from "../errors.js";

/** @import { Book, Palaver } from "../vendor/palaver-client.min.js" */

/** @typedef {{node: HTMLElement, start: () => Promise<void>}} Upload */

/**
 * @param {Palaver} client
 * @param {File} file
 * @param {(book: Book) => void} arrived
 * @param {(bookId: string) => void} find shows a book that the library has
 * @returns {Upload}
 */
export function uploadOf(client, file, arrived, find) {
  const abort = new AbortController();
  const bar = element("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
  const state = element("span", { class: "upload-state" }, "Waits");
  const actions = element("span", { class: "actions" });
  const node = element(
    "li",
    { class: "upload" },
    element("span", { class: "upload-name" }, file.name),
    bar,
    state,
    actions,
  );
  const cancel = () => {
    abort.abort();
    node.remove();
  };
  actions.append(button("Cancel", cancel, { class: "small", "aria-label": `Cancel ${file.name}` }));

  /**
   * @param {string} words
   * @param {...Node} more
   */
  function over(words, ...more) {
    bar.remove();
    state.textContent = words;
    node.classList.add("failed");
    const away = button("Close", () => node.remove(), {
      class: "small",
      "aria-label": `Close the message about ${file.name}`,
    });
    actions.replaceChildren(...more, away);
  }

  async function start() {
    if (abort.signal.aborted) return;
    state.textContent = "0 %";
    try {
      const book = await client.uploadBook(
        { body: { file } },
        {
          signal: abort.signal,
          // A large file may wait for a slow disk without a byte.
          timeout: 600_000,
          onUploadProgress: ({ loaded, total }) => {
            bar.value = total > 0 ? loaded / total : 1;
            state.textContent = loaded < total ? `${Math.floor(bar.value * 100)} %` : "Being stored";
          },
        },
      );
      node.remove();
      arrived(book);
    } catch (error) {
      if (abort.signal.aborted) return;
      const known = knownBook(error);
      if (known) {
        const look = () => {
          node.remove();
          find(known);
        };
        over("The library has this file already.", button("Show it", look, { class: "small" }));
        return;
      }
      const { words, requestId } = told(error);
      over(requestId ? `${words} (request ${requestId})` : words, button("Try again", again, {
        class: "small",
      }));
    }
  }

  function again() {
    node.classList.remove("failed");
    state.before(bar);
    actions.replaceChildren();
    void start();
  }

  return { node, start };
}

/**
 * The book that has the same bytes, where that is what is wrong.
 *
 * @param {unknown} error
 */
function knownBook(error) {
  if (!(error instanceof ApiError) || error.status !== 409) return undefined;
  const { bookId } = /** @type {{bookId?: string}} */ (error.body);
  return bookId;
}
