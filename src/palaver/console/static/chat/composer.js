/** Where people write: Enter sends, Shift+Enter begins a line, and what is written is kept. */
import { button, element } from "../element.js";
import { icon } from "../icons.js";

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
  const text = element("textarea", {
    rows: 1,
    maxlength: LONGEST,
    placeholder: "Write a message",
    "aria-label": label,
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
    if (!written.trim()) return;
    if (isBusy) {
      early?.();
      return;
    }
    set("");
    send(written);
  }

  function changed() {
    keep(draft, text.value);
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
    sendButton.disabled = !text.value.trim();
  }

  /** @param {string} value */
  function set(value) {
    text.value = value;
    changed();
  }

  set(kept(draft));
  return {
    element: form,
    focus: () => text.focus(),
    set,
    /** Whether something else is written already. */
    get isEmpty() {
      return !text.value.trim();
    },
    /** @param {boolean} busy whether an answer is being written */
    busy(busy) {
      const hadFocus = busy ? document.activeElement === sendButton : document.activeElement === stopButton;
      isBusy = busy;
      stopButton.hidden = !busy || !stop;
      sendButton.hidden = busy && Boolean(stop);
      if (hadFocus) text.focus();
    },
    /** The text may be laid out only now. */
    placed: changed,
  };
}

/** @param {string} name */
function kept(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name @param {string} value */
function keep(name, value) {
  try {
    if (value) sessionStorage.setItem(name, value);
    else sessionStorage.removeItem(name);
  } catch {
    // Then it lives as long as the page.
  }
}
