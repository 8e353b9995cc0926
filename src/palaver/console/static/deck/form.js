/** The form that writes or changes a slide: a layout, its fields, and the speaker's notes. */
import { button, element, freshId } from "../element.js";
import { faultsShown, labelled, textControl, written } from "../fields.js";
import { bulletsEditor, columnEditor } from "./bullets.js";
import { LAYOUTS, NOTES } from "./layouts.js";
import { pictureEditor } from "./picture.js";
import { tableEditor } from "./table.js";

/**
 * @import { Bullet, Column, SlideContent } from "../vendor/palaver-client.min.js"
 * @import { Editor } from "./bullets.js"
 * @import { Field } from "./layouts.js"
 * @import { Pictures } from "./picture.js"
 * @import { Table } from "./table.js"
 */

/**
 * All that was written so far, whatever the layout: what another layout has too stays.
 *
 * @typedef {Record<string, unknown>} Draft
 */

export class SlideForm {
  /** @type {Draft} */
  #draft;
  #pictures;
  /** @type {Record<string, Editor<unknown>>} */
  #editors = {};
  #fields = element("div", { class: "slide-fields" });
  #notice = element("p", { class: "remark", role: "alert", hidden: true });
  #layout = element("select", { id: freshId("layout") });
  #save = element("button", { type: "submit", class: "primary" }, "Save");
  #heading = element("h3", { tabindex: -1 });

  /** @type {HTMLFormElement} */
  node;

  /**
   * @param {string} heading
   * @param {Draft} content what the slide is before, or what was written of it before
   * @param {Pictures} pictures
   * @param {(content: SlideContent) => Promise<void>} save
   * @param {() => void} cancel
   */
  constructor(heading, content, pictures, save, cancel) {
    this.#pictures = pictures;
    this.#draft = { ...content };
    if (content["header"]) {
      this.#draft["table"] ??= { header: content["header"], rows: content["rows"] };
    }
    for (const [layout, { name }] of Object.entries(LAYOUTS)) {
      this.#layout.append(element("option", { value: layout }, name));
    }
    this.#layout.value = String(content["layout"]);
    this.#layout.addEventListener("change", () => this.#changeLayout());
    this.#heading.textContent = heading;
    this.node = element(
      "form",
      { class: "slide-form", onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void this.#submit(save);
      } },
      this.#heading,
      this.#notice,
      element(
        "div",
        { class: "field" },
        element("label", { for: this.#layout.id }, "Layout"),
        this.#layout,
      ),
      this.#fields,
      element("div", { class: "actions" }, button("Cancel", cancel), this.#save),
    );
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.node.requestSubmit();
    });
    this.#draw();
  }

  focus() {
    this.#heading.focus();
  }

  /**
   * Says something that whoever writes must know before going on.
   *
   * @param {string} words
   */
  say(words) {
    this.#notice.textContent = words;
    this.#notice.hidden = words === "";
  }

  /**
   * All that is written so far, whole or not.
   *
   * @returns {Draft}
   */
  get written() {
    for (const [name, { peek, read }] of Object.entries(this.#editors)) {
      const value = (peek ?? read)();
      if (value === undefined) delete this.#draft[name];
      else this.#draft[name] = value;
    }
    return { ...this.#draft, layout: this.#layout.value };
  }

  #changeLayout() {
    void this.written;
    this.#draw();
  }

  #draw() {
    const layout = /** @type {SlideContent["layout"]} */ (this.#layout.value);
    const fields = [...LAYOUTS[layout].fields, NOTES];
    this.#editors = Object.fromEntries(fields.map((field) => [field.name, this.#editor(field)]));
    this.#fields.replaceChildren(...Object.values(this.#editors).map(({ node }) => node));
  }

  /**
   * @param {Field} field
   * @returns {Editor<unknown>}
   */
  #editor(field) {
    const value = this.#draft[field.name];
    const pointer = `/body/content/${field.name}`;
    switch (field.kind) {
      case "bullets": {
        const bullets = /** @type {Bullet[] | undefined} */ (value);
        return bulletsEditor(field.label, bullets ?? [], { least: 1, pointer });
      }
      case "column":
        return columnEditor(field.label, /** @type {Column | undefined} */ (value), pointer);
      case "table":
        return tableEditor(/** @type {Table | undefined} */ (value));
      case "image":
        return pictureEditor(
          field.label,
          /** @type {string | undefined} */ (value),
          this.#pictures,
        );
      case "code":
        return codeEditor(field.label, String(value ?? ""), pointer);
      case "text": {
        const text = /** @type {string | undefined} */ (value);
        const control = textControl({ ...field, pointer, ...(text !== undefined && { value: text }) });
        const read = () => written(control);
        return { node: labelled(field.label, control, field.hint), read };
      }
    }
  }

  /** @param {(content: SlideContent) => Promise<void>} save */
  async #submit(save) {
    const layout = /** @type {SlideContent["layout"]} */ (this.#layout.value);
    /** @type {Record<string, unknown>} */
    const content = { layout };
    for (const { kind, name } of [...LAYOUTS[layout].fields, NOTES]) {
      const value = this.#editors[name]?.read();
      if (kind === "table") Object.assign(content, value);
      else if (value !== undefined) content[name] = value;
      else if (kind !== "text") return;
    }
    this.say("");
    this.#save.disabled = true;
    try {
      await save(/** @type {SlideContent} */ (/** @type {unknown} */ (content)));
    } catch (error) {
      if (!faultsShown(this.node, error)) this.say(this.#pictures.wordsOf(error));
    } finally {
      this.#save.disabled = false;
    }
  }
}

/**
 * Code is kept as it was written, white space and all.
 *
 * @param {string} label
 * @param {string} code
 * @param {string} pointer
 * @returns {Editor<string>}
 */
function codeEditor(label, code, pointer) {
  const options = { required: true, most: 20000, lines: 10, value: code, pointer };
  const control = textControl(options);
  control.setAttribute("spellcheck", "false");
  control.classList.add("code");
  return { node: labelled(label, control), read: () => control.value };
}
