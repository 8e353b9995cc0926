/** Markdown as people read it: made into elements, and sanitised. */
import "../vendor/purify.min.js";
import { Marked } from "../vendor/marked.esm.js";
import { button } from "../element.js";
import { icon } from "../icons.js";

/** @typedef {import("../vendor/marked.esm.js").Tokens.Generic} Token */

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
/** Headings of an answer stand below that of the session and that of the message. */
const HEADINGS_DOWN = 2;

/** Deeper than this nobody reads, and each level costs more than the one before. */
const NESTED = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){60}|^[ \t]{120,}(?:[-*+]|\d{1,9}[.)])[ \t]/m;

/**
 * The blocks of a text, or nothing where it is nested too deeply to be anything but text.
 *
 * @param {string} text
 * @returns {Token[] | undefined}
 */
export function blocksOf(text) {
  if (NESTED.test(text)) return undefined;
  try {
    return marked.lexer(text);
  } catch {
    // Whatever else makes it call itself until there is no room.
    return undefined;
  }
}

/** What becomes text, or nothing. */
const NO_ELEMENTS = new Set(["def", "escape", "space", "text"]);

/**
 * How many elements blocks become, about.
 *
 * @param {Token[]} blocks
 */
export function sizeOf(blocks) {
  let size = 0;
  try {
    marked.walkTokens(blocks, (token) => {
      if (token.type === "table") size += token.header.length * (token.rows.length + 1) + token.rows.length;
      else if (!NO_ELEMENTS.has(token.type)) size += 1;
    });
  } catch {
    return Infinity;
  }
  return size;
}

/**
 * Blocks as elements, or as plain text where they cannot be made into any.
 *
 * @param {Token[]} blocks
 * @returns {DocumentFragment}
 */
export function elementsOf(blocks) {
  try {
    return sanitised(marked.parser(blocks));
  } catch {
    const fragment = document.createDocumentFragment();
    fragment.append(plain(blocks.map((each) => each.raw).join("")));
    return fragment;
  }
}

/**
 * Text as it was written.
 *
 * @param {string} text
 */
export function plain(text) {
  const made = document.createElement("p");
  made.className = "plain-text";
  made.textContent = text;
  return made;
}

/** @param {string} html */
function sanitised(html) {
  const fragment = purify.sanitize(html, KEPT);
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
