/** The picture of a slide: chosen from this machine, sent to the session, and looked at. */
import { element, freshId } from "../element.js";

/** @import { Editor } from "./bullets.js" */

/**
 * @typedef {object} Pictures
 * @property {(file: File, onProgress: (share: number) => void) => Promise<string>} send
 *   puts a file into the session; the picture's id
 * @property {(id: string) => Promise<string>} address what an image element shows it by
 * @property {(error: unknown) => string} wordsOf
 */

/**
 * @param {string} label
 * @param {string | undefined} id
 * @param {Pictures} pictures
 * @returns {Editor<string>}
 */
export function pictureEditor(label, id, pictures) {
  let current = id;
  const input = element("input", {
    type: "file",
    id: freshId("picture"),
    accept: "image/png,image/jpeg,image/gif,image/webp",
    onchange: () => void chosen(),
  });
  const fault = element("p", { class: "fault", id: `${input.id}-fault`, hidden: true });
  const hint = element("p", { class: "hint", id: `${input.id}-hint` }, "PNG, JPEG, GIF or WebP.");
  input.setAttribute("aria-describedby", `${hint.id} ${fault.id}`);
  const progress = element("progress", { max: 1, hidden: true, "aria-label": "Sending the picture" });
  const image = element("img", { class: "picture", alt: "The picture as it is now", hidden: true });
  const node = element(
    "div",
    { class: "field" },
    element("label", { for: input.id }, label),
    image,
    input,
    progress,
    hint,
    fault,
  );

  async function chosen() {
    const file = input.files?.[0];
    if (!file) return;
    fault.hidden = true;
    progress.hidden = false;
    progress.removeAttribute("value");
    const before = current;
    // Until it is there, there is nothing that could be saved.
    current = undefined;
    try {
      current = await pictures.send(file, (share) => {
        progress.value = share;
      });
      await look();
    } catch (error) {
      current ??= before;
      said(pictures.wordsOf(error));
    } finally {
      progress.hidden = true;
    }
  }

  async function look() {
    if (current === undefined) return;
    image.src = await pictures.address(current);
    image.hidden = false;
  }

  /** @param {string} words */
  function said(words) {
    fault.textContent = words;
    fault.hidden = false;
  }

  look().catch((error) => said(pictures.wordsOf(error)));
  return {
    node,
    peek: () => current,
    read() {
      if (current === undefined) {
        said(progress.hidden ? "Choose a picture." : "Wait until the picture has been sent.");
        input.focus();
      }
      return current;
    },
  };
}
