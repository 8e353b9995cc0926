/** What an answer rests on: numbers in its text, a list below it, and the passage one click away. */
import { shown } from "../dialog.js";
import { button, element, freshId } from "../element.js";
import { told } from "../errors.js";
import { NotFoundError } from "../vendor/palaver-client.min.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").Source} Source */

const NUMBER = /\[(\d{1,3})\]/g;
/** In these a number in brackets is none of ours. */
const APART = "a, button, code, pre";

/**
 * The list of sources.
 *
 * @param {Desk} desk
 * @param {readonly Source[]} sources
 */
export function sourceList(desk, sources) {
  return element(
    "ul",
    { class: "sources", "aria-label": "Sources" },
    ...sources.map((source) =>
      element(
        "li",
        {},
        sourceButton(desk, source),
      ),
    ),
  );
}

/** @param {Desk} desk @param {Source} source */
function sourceButton(desk, source) {
  const made = button("", () => showPassage(desk, source), { class: "small source", "aria-haspopup": "dialog" });
  made.append(element("span", {}, `${source.number}  `, element("bdi", {}, source.book_title), `, p. ${source.page}`));
  return made;
}

/**
 * Make the numbers in an answer's text lead to their passages. The text stays as long as it was.
 *
 * @param {Desk} desk
 * @param {HTMLElement} body
 * @param {readonly Source[]} sources
 */
export function linkNumbers(desk, body, sources) {
  const known = new Map(sources.map((source) => [String(source.number), source]));
  if (known.size === 0) return;
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const texts = [];
  while (walker.nextNode()) {
    const text = /** @type {Text} */ (walker.currentNode);
    if (text.data.includes("[") && !text.parentElement?.closest(APART)) texts.push(text);
  }
  for (const text of texts) {
    /** @type {(string | Node)[]} */
    const parts = [];
    let end = 0;
    for (const match of text.data.matchAll(NUMBER)) {
      const source = known.get(match[1] ?? "");
      if (!source) continue;
      parts.push(text.data.slice(end, match.index), numbered(desk, source));
      end = match.index + match[0].length;
    }
    if (parts.length > 0) text.replaceWith(...parts, text.data.slice(end));
  }
}

/** @param {Desk} desk @param {Source} source */
function numbered(desk, source) {
  return button(`[${source.number}]`, () => showPassage(desk, source), {
    class: "number",
    "aria-label": `Source ${source.number}: ${source.book_title}, page ${source.page}`,
    "aria-haspopup": "dialog",
  });
}

/** @param {Desk} desk @param {Source} source */
function showPassage(desk, source) {
  const heading = freshId("passage");
  const text = element("div", { class: "passage", tabindex: "0", "aria-live": "polite" }, "Loading …");
  const close = button("Close", () => dialog.close());
  const dialog = element(
    "dialog",
    { "aria-labelledby": heading, class: "passage-dialog" },
    element("h2", { id: heading }, source.book_title),
    element("p", { class: "soft" }, `Page ${source.page} · source ${source.number}`),
    text,
    element("div", { class: "actions" }, close),
  );
  shown(dialog);
  close.focus();
  desk.client.getPassage({ bookId: source.book_id, passageId: source.passage_id }).then(
    (passage) => text.replaceChildren(element("blockquote", {}, passage.text)),
    (error) => {
      const { words, requestId } = told(error);
      const gone = error instanceof NotFoundError ? "The book is not in the library any more." : words;
      text.replaceChildren(
        element("p", {}, gone),
        requestId ? element("small", {}, `Request ${requestId}`) : "",
      );
    },
  );
}
