/** Asks for a deck's title. */
import { shown } from "../dialog.js";
import { button, element, freshId } from "../element.js";
import { labelled, textControl, written } from "../fields.js";

/**
 * @param {string} title what it is now
 * @returns {Promise<string | undefined>} undefined where it is to stay so
 */
export function titleAsked(title) {
  const heading = freshId("title");
  const control = textControl({ value: title, required: true, most: 200 });
  return new Promise((resolve) => {
    /** @type {string | undefined} */
    let chosen;
    const form = element(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          chosen = written(control);
          dialog.close();
        },
      },
      element("h2", { id: heading }, "Title of the slides"),
      labelled("Title", control, "Files of the slides are named by it."),
      element(
        "div",
        { class: "actions" },
        button("Cancel", () => dialog.close()),
        element("button", { type: "submit", class: "primary" }, "Save"),
      ),
    );
    const dialog = element("dialog", { "aria-labelledby": heading }, form);
    shown(dialog, () => resolve(chosen === title ? undefined : chosen));
    control.select();
  });
}
