/** A list of bullets to write: Enter adds one, the levels indent them. */
import { button, element, freshId } from "../element.js";

/** @import { Bullet, Column } from "../vendor/palaver-client.min.js" */

const MOST = 40;
const LEVELS = ["Level 1", "Level 2", "Level 3"];

/**
 * @template T
 * @typedef {object} Editor
 * @property {HTMLElement} node
 * @property {() => T | undefined} read what was written; undefined where that cannot be, which is said
 * @property {() => T | undefined} [peek] what is written so far, without a word
 */

/**
 * @param {string} label
 * @param {readonly Bullet[]} bullets
 * @param {{least: number, pointer: string}} rules
 * @returns {Editor<Bullet[]>}
 */
export function bulletsEditor(label, bullets, { least, pointer }) {
  const list = element("ol", { class: "bullets" });
  const add = button("Add a bullet", () => line(undefined, { text: "" }).focus(), {
    class: "small",
  });
  const fault = element("p", { class: "fault", id: freshId("bullets"), hidden: true });
  const node = element(
    "fieldset",
    {},
    element("legend", {}, label),
    list,
    add,
    element("p", { class: "hint" }, "Enter adds a bullet, Shift and Enter a line in it."),
    fault,
  );

  /**
   * @param {Element | undefined} after
   * @param {Bullet} bullet
   */
  function line(after, bullet) {
    const text = element("textarea", {
      rows: 1,
      maxlength: 1000,
      "data-pointer": `${pointer}/${list.children.length}/text`,
      "aria-describedby": fault.id,
      onkeydown: (/** @type {KeyboardEvent} */ event) => pressed(event, item, text),
    });
    text.value = bullet.text;
    const level = element("select", {}, ...LEVELS.map((name, value) => option(name, value)));
    level.value = String(bullet.level ?? 0);
    const indent = () => item.setAttribute("data-level", level.value);
    level.addEventListener("change", indent);
    const item = element("li", {}, level, text, button("×", () => remove(item), { class: "small" }));
    indent();
    if (after) after.after(item);
    else list.append(item);
    numbered();
    return text;
  }

  /** @param {Element} item */
  function remove(item) {
    const beside = item.previousElementSibling ?? item.nextElementSibling;
    item.remove();
    numbered();
    const text = beside?.querySelector("textarea");
    (text ?? add).focus();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Element} item
   * @param {HTMLTextAreaElement} text
   */
  function pressed(event, item, text) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (list.children.length >= MOST) return;
      const level = item.querySelector("select")?.value;
      line(item, { text: "", level: Number(level ?? 0) }).focus();
    } else if (event.key === "Backspace" && text.value === "" && list.children.length > 1) {
      event.preventDefault();
      remove(item);
    }
  }

  function numbered() {
    add.disabled = list.children.length >= MOST;
    [...list.children].forEach((item, place) => {
      const name = `${label}, ${place + 1}`;
      item.querySelector("textarea")?.setAttribute("aria-label", name);
      item.querySelector("select")?.setAttribute("aria-label", `Level of ${name}`);
      item.querySelector("button")?.setAttribute("aria-label", `Remove ${name}`);
    });
  }

  for (const bullet of bullets) line(undefined, bullet);
  if (list.children.length < Math.max(least, 1)) line(undefined, { text: "" });

  const peek = () =>
    [...list.children].map((item) => ({
      text: item.querySelector("textarea")?.value.trim() ?? "",
      level: Number(item.querySelector("select")?.value ?? 0),
    }));

  function read() {
    const found = peek();
    const full = found.filter(({ text }) => text !== "");
    fault.hidden = full.length >= least;
    if (fault.hidden) return full;
    fault.textContent = "Write at least one bullet.";
    list.querySelector("textarea")?.focus();
    return undefined;
  }
  return { node, read, peek };
}

/**
 * @param {string} label
 * @param {Column | undefined} column
 * @param {string} pointer
 * @returns {Editor<Column>}
 */
export function columnEditor(label, column, pointer) {
  const heading = element("input", {
    type: "text",
    id: freshId("heading"),
    maxlength: 200,
    "data-pointer": `${pointer}/heading`,
  });
  heading.value = column?.heading ?? "";
  const name = `${label}, bullets`;
  const rules = { least: 0, pointer: `${pointer}/bullets` };
  const bullets = bulletsEditor(name, column?.bullets ?? [], rules);
  const node = element(
    "div",
    { class: "column" },
    element(
      "div",
      { class: "field" },
      element("label", { for: heading.id }, `${label}, heading (optional)`),
      heading,
    ),
    bullets.node,
  );
  const read = () => ({
    ...(heading.value.trim() && { heading: heading.value.trim() }),
    bullets: bullets.read() ?? [],
  });
  return { node, read };
}

/**
 * @param {string} name
 * @param {number} value
 */
function option(name, value) {
  return element("option", { value }, name);
}
