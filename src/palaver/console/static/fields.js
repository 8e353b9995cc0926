/** Labelled fields of forms, and what the server says is wrong with them. */
import { ApiError } from "./vendor/palaver-client.min.js";
import { element, freshId } from "./element.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */

/**
 * A control with its label, a hint, and a place for what is wrong with it.
 *
 * @param {string} label
 * @param {Control} control
 * @param {string} [hint]
 */
export function labelled(label, control, hint) {
  control.id ||= freshId("field");
  const fault = element("p", { id: `${control.id}-fault`, class: "fault", hidden: true });
  const described = hint ? `${control.id}-hint ${fault.id}` : fault.id;
  control.setAttribute("aria-describedby", described);
  control.addEventListener("input", () => pardon(control));
  const optional = control.required || control instanceof HTMLSelectElement ? "" : " (optional)";
  return element(
    "div",
    { class: "field" },
    element("label", { for: control.id }, label + optional),
    control,
    hint && element("p", { id: `${control.id}-hint`, class: "hint" }, hint),
    fault,
  );
}

/**
 * A control for text; `pointer` is where its value stands in the request's body.
 *
 * @param {{pointer?: string, value?: string | null, required?: boolean, most?: number,
 *   lines?: number, pattern?: string, title?: string}} [options]
 * @returns {HTMLInputElement | HTMLTextAreaElement}
 */
export function textControl(options = {}) {
  const { pointer, value, required, most, lines, pattern, title } = options;
  const attributes = { "data-pointer": pointer, required, maxlength: most };
  const control = lines
    ? element("textarea", { ...attributes, rows: lines })
    : element("input", { ...attributes, type: "text", autocomplete: "off", pattern, title });
  control.value = value ?? "";
  return control;
}

/**
 * What is in a control, or undefined where nothing is.
 *
 * @param {Control} control
 */
export function written(control) {
  const text = control.value.trim();
  return text === "" ? undefined : text;
}

/**
 * Shows what the server found invalid beside the fields that it is about, and gives the first of
 * them the focus. Returns whether all of it found its place.
 *
 * @param {HTMLElement} form
 * @param {unknown} error
 */
export function faultsShown(form, error) {
  if (!(error instanceof ApiError) || error.errors.length === 0) return false;
  const controls = [...form.querySelectorAll("[data-pointer]")];
  /** @type {Control[]} */
  const found = [];
  for (const { pointer, message } of error.errors) {
    const control = /** @type {Control | undefined} */ (
      controls.find((each) => {
        const own = each.getAttribute("data-pointer") ?? "";
        return pointer === own || pointer.startsWith(`${own}/`);
      })
    );
    if (!control) return false;
    const fault = document.getElementById(`${control.id}-fault`);
    if (!fault) return false;
    fault.textContent = message;
    fault.hidden = false;
    control.setAttribute("aria-invalid", "true");
    found.push(control);
  }
  found[0]?.focus();
  return true;
}

/** @param {Control} control */
function pardon(control) {
  control.removeAttribute("aria-invalid");
  const fault = document.getElementById(`${control.id}-fault`);
  if (fault) fault.hidden = true;
}
