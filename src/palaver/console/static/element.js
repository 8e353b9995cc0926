/** Elements of the page, made by hand: text is always text, never markup. */

/** @typedef {Node | string | number | false | null | undefined} Child */

/**
 * A new element. An attribute that begins with `on` is a listener; one that is true has no value,
 * and one that is false, null or undefined is left out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") {
      made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else {
      made.setAttribute(name, value === true ? "" : String(value));
    }
  }
  made.append(...present(children));
  return made;
}

/**
 * What is to be shown of what may be absent.
 *
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
export function present(children) {
  return children
    .filter((child) => child !== false && child !== null && child !== undefined)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * A button that is no form's own.
 *
 * @param {string} words
 * @param {() => void} press
 * @param {Record<string, unknown>} [attributes]
 */
export function button(words, press, attributes = {}) {
  return element("button", { type: "button", onclick: press, ...attributes }, words);
}

/**
 * A name or a title within other words. Whatever signs for the direction of text it has, they end
 * with it; in elements, `bdi` does the same.
 *
 * @param {string} name
 */
export function isolated(name) {
  return `\u2068${name}\u2069`;
}

/** Whether somebody writes in a field: what comes later is not to take the keyboard away. */
export function isWriting() {
  return document.activeElement?.matches("input, select, textarea") ?? false;
}

let last = 0;

/**
 * An id that no other element of the page has.
 *
 * @param {string} name
 */
export function freshId(name) {
  last += 1;
  return `${name}-${last}`;
}
