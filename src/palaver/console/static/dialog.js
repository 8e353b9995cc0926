/** Questions that want an answer before anything else goes on. */
import { button, element, freshId } from "./element.js";

/**
 * Asks whether to do what cannot be taken back.
 *
 * @param {string} question
 * @param {string} detail what will be lost
 * @param {string} consent what the button says that does it
 * @returns {Promise<boolean>}
 */
export function confirmed(question, detail, consent) {
  const heading = freshId("question");
  return new Promise((resolve) => {
    const no = button("Cancel", () => dialog.close());
    const yes = button(consent, () => dialog.close("yes"), { class: "danger" });
    const dialog = element(
      "dialog",
      { "aria-labelledby": heading, role: "alertdialog" },
      element("h2", { id: heading }, question),
      element("p", {}, detail),
      element("div", { class: "actions" }, no, yes),
    );
    shown(dialog, () => resolve(dialog.returnValue === "yes"));
    no.focus();
  });
}

/**
 * Shows a dialog until it is closed, and gives the focus back to where it was.
 *
 * @param {HTMLDialogElement} dialog
 * @param {() => void} [closed]
 */
export function shown(dialog, closed) {
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    closed?.();
  });
  document.body.append(dialog);
  dialog.showModal();
}
