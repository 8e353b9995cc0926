/** Where people write: Enter sends, Shift+Enter begins a line, and what is written is kept. */
import { button, element, freshId } from "../element.js";
import { icon } from "../icons.js";
import { keep, keptOf } from "../kept.js";

const LONGEST = 100_000;

/**
 * A place to write in.
 *
 * @param {object} how
 * @param {string} how.draft where the browser keeps what is written
 * @param {string} how.label
 * @param {(text: string) => void} how.send
 * @param {() => void} [how.stop]
 * @param {() => void} [how.early] told when somebody wants to send before that is possible
 */
export function composer({ draft, label, send, stop, early }) {
  const fault = element("p", { class: "fault composer-fault", id: freshId("fault"), role: "alert", hidden: true });
  const text = element("textarea", {
    rows: 1,
    placeholder: "Write a message",
    "aria-label": label,
    "aria-describedby": fault.id,
    enterkeyhint: "send",
  });
  const sendButton = button("", submit, { class: "primary round", "aria-label": "Send", title: "Send (Enter)" });
  sendButton.append(icon("send"));
  const stopButton = button("", () => stop?.(), {
    class: "round stop",
    "aria-label": "Stop the answer",
    title: "Stop (Escape)",
    hidden: true,
  });
  stopButton.append(icon("stop"));
  const form = element("form", { class: "composer" }, text, stopButton, sendButton);
  let isBusy = false;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener("keydown", (event) => {
    // While a word is being put together (as in Japanese), Enter ends the word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  text.addEventListener("input", changed);

  function submit() {
    const written = text.value;
    if (!written.trim() || excess(written) > 0) return;
    if (isBusy) {
      early?.();
      return;
    }
    // It is kept until it is somewhere else.
    text.value = "";
    fit();
    send(written);
  }

  function changed() {
    keep(draft, text.value || undefined);
    fit();
  }

  function fit() {
    const over = excess(text.value);
    fault.hidden = over === 0;
    if (over > 0) fault.textContent = `This is too long by ${over.toLocaleString("en")} characters; a message has at most 100,000.`;
    text.toggleAttribute("aria-invalid", over > 0);
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
    sendButton.disabled = !text.value.trim() || over > 0;
  }

  /** @param {string} value */
  function set(value) {
    text.value = value;
    changed();
  }

  text.value = String(keptOf(draft) ?? "");
  fit();
  return {
    element: element("div", { class: "composer-place" }, form, fault),
    focus: () => text.focus(),
    set,
    /** What is written. */
    get text() {
      return text.value;
    },
    /**
     * What was sent, or could not be, is written again, before what is written already.
     *
     * @param {string} before
     */
    restore(before) {
      if (text.value !== before) set(text.value.trim() ? `${before}\n\n${text.value}` : before);
    },
    /** Whether an element is where people write. @param {unknown} other */
    is: (other) => other === text,
    /** What was sent is kept elsewhere. */
    forget: changed,
    /** @param {boolean} busy whether an answer is being written */
    busy(busy) {
      const hadFocus = busy ? document.activeElement === sendButton : document.activeElement === stopButton;
      isBusy = busy;
      stopButton.hidden = !busy || !stop;
      sendButton.hidden = busy && Boolean(stop);
      if (hadFocus) text.focus();
      if (!busy) keep(draft, text.value || undefined);
    },
    /** The text may be laid out only now. */
    placed: fit,
  };
}

/**
 * By how many characters a text is too long. What people see as one may be two for the browser.
 *
 * @param {string} text
 */
function excess(text) {
  if (text.length <= LONGEST) return 0;
  let count = 0;
  for (const _ of text) count += 1;
  return Math.max(count - LONGEST, 0);
}
