/** Markdown as people read it: made into elements, sanitised, and written on while it comes. */
import "../vendor/purify.min.js";
import { Marked } from "../vendor/marked.esm.js";
import { button } from "../element.js";
import { icon } from "../icons.js";

/** @typedef {import("../vendor/marked.esm.js").Token} Token */

const purify = /** @type {import("../vendor/purify.min.js").DOMPurify} */ (
  /** @type {any} */ (globalThis).DOMPurify
);
const marked = new Marked({
  gfm: true,
  renderer: {
    // Tags that only set text apart are kept. All other HTML is shown as it was written.
    html({ text }) {
      return PLAIN_TAG.test(text.trim()) ? text : escaped(text);
    },
  },
});

const PLAIN_TAG = /^<\/?(?:b|br|del|em|hr|i|kbd|mark|s|strong|sub|sup)\s*\/?>$/i;
/** What leads away from here; anything else would be an address of the console itself. */
const AWAY = /^(?:https?:\/\/|mailto:)/i;

/** Nothing here loads anything: an image of elsewhere would tell who reads what, and becomes a link. */
const KEPT = {
  ALLOWED_TAGS: [
    "a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "input", "kbd", "li", "mark", "ol", "p", "pre", "s", "strong", "sub", "sup", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
  ],
  ALLOWED_ATTR: ["align", "alt", "checked", "class", "disabled", "href", "src", "start", "title", "type"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};
/** A definition that links anywhere in the text refer to. */
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;
/** Headings of an answer stand below that of the session and that of the message. */
const HEADINGS_DOWN = 2;

/**
 * Text as Markdown.
 *
 * @param {string} text
 * @returns {DocumentFragment}
 */
export function rendered(text) {
  return elementsOf(marked.lexer(text));
}

/** Text that grows at its end. What cannot change any more is not made again. */
export class GrowingText {
  #place;
  #text = "";
  /** Of the text, what is settled; of the place, how many children that made. */
  #settled = 0;
  #children = 0;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
  }

  get text() {
    return this.#text;
  }

  /** @param {string} piece */
  add(piece) {
    this.#text += piece;
  }

  /** Make the elements of what came since the last time. */
  show() {
    // As marked counts: its tokens know of one kind of line end alone.
    const lines = this.#text.replace(/\r\n?/g, "\n");
    const tokens = marked.lexer(lines.slice(this.#settled));
    // The last block may still grow, and what is between it and the end belongs to nobody yet.
    const last = tokens.findLastIndex((token) => token.type !== "space");
    const settled = tokens.slice(0, Math.max(last, 0));
    while (this.#place.childNodes.length > this.#children) this.#place.lastChild?.remove();
    if (settled.length > 0) {
      this.#place.append(elementsOf(settled));
      this.#children = this.#place.childNodes.length;
      this.#settled += settled.reduce((length, token) => length + token.raw.length, 0);
    }
    this.#place.append(elementsOf(tokens.slice(Math.max(last, 0))));
  }

  /**
   * The whole text, as it is stored. The elements stay, unless something in it changes others.
   *
   * @param {string} text
   */
  finish(text) {
    const same = text === this.#text && !DEFINITION.test(text);
    this.#text = text;
    if (same) this.show();
    else this.#place.replaceChildren(rendered(text));
  }
}

/**
 * @param {Token[]} tokens
 * @returns {DocumentFragment}
 */
function elementsOf(tokens) {
  const fragment = purify.sanitize(marked.parser(tokens), KEPT);
  for (const image of fragment.querySelectorAll("img")) image.replaceWith(linkTo(image));
  for (const link of fragment.querySelectorAll("a")) {
    if (!AWAY.test(link.getAttribute("href") ?? "")) {
      link.replaceWith(...link.childNodes);
      continue;
    }
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  for (const box of fragment.querySelectorAll("input")) {
    if (box.type !== "checkbox") box.remove();
    box.disabled = true;
    box.setAttribute("aria-label", box.checked ? "done" : "to do");
  }
  for (const heading of [...fragment.querySelectorAll("h1, h2, h3, h4, h5, h6")]) lower(heading);
  for (const table of fragment.querySelectorAll("table")) table.replaceWith(scrolled(table.cloneNode(true), "table"));
  for (const block of fragment.querySelectorAll("pre")) copyable(block);
  return fragment;
}

/** @param {HTMLImageElement} image */
function linkTo(image) {
  const link = document.createElement("a");
  const address = image.getAttribute("src") ?? "";
  link.href = address;
  link.textContent = image.alt || address;
  return link;
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** @param {Element} heading */
function lower(heading) {
  const level = Math.min(6, Number(heading.tagName[1]) + HEADINGS_DOWN);
  const lowered = document.createElement(`h${level}`);
  lowered.append(...heading.childNodes);
  heading.replaceWith(lowered);
}

/** @param {Node} wide @param {string} what */
function scrolled(wide, what) {
  const place = document.createElement("div");
  place.className = "wide";
  // What scrolls must be reached by the keyboard.
  place.tabIndex = 0;
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", what);
  place.append(wide);
  return place;
}

/** @param {HTMLPreElement} block */
function copyable(block) {
  const code = block.querySelector("code");
  const language = /language-([\w+#.-]{1,30})/.exec(code?.className ?? "")?.[1];
  const frame = document.createElement("div");
  frame.className = "code";
  const head = document.createElement("div");
  head.className = "code-head";
  const copy = button("Copy", () => void copied(copy, block.textContent ?? ""), { class: "plain small" });
  copy.prepend(icon("copy"));
  head.append(language ?? "", copy);
  block.replaceWith(frame);
  block.tabIndex = 0;
  frame.append(head, block);
}

/** @param {HTMLButtonElement} pressed @param {string} text */
async function copied(pressed, text) {
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS, and not on this machine, browsers give no clipboard: then it is chosen, at least.
    const block = pressed.closest(".code")?.querySelector("pre");
    if (block) getSelection()?.selectAllChildren(block);
    said = "Press Ctrl+C";
  }
  const words = /** @type {ChildNode} */ (pressed.lastChild);
  words.textContent = said;
  setTimeout(() => {
    words.textContent = "Copy";
  }, 2_000);
}
