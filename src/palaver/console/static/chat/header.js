/** What stands above a conversation: its title, who takes part, and the way to its slides. */
import { button, element } from "../element.js";
import { icon } from "../icons.js";
import { rename } from "../sessions/row.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").AgentSessionDetails} AgentSessionDetails */

/** Where there is room for the slides beside the conversation; as the style sheet has it. */
const BESIDE = matchMedia("(min-width: 70rem)");

/** @type {Record<string, string>} A newer server may know more. */
const KINDS = {
  standalone: "",
  team: "all answer in turn",
  "team-managed": "the first decides who answers",
  "team-flow": "each works on the answer before",
};

/** @param {string} name @param {number} place */
function nameInList(name, place) {
  return [place > 0 && ", ", element("bdi", {}, name)];
}

/**
 * @param {Desk} desk
 * @param {AgentSessionDetails} session
 * @param {HTMLElement} deckPlace
 * @param {AbortSignal} signal when all this is over
 */
export function header(desk, session, deckPlace, signal) {
  let title = session.name;
  const heading = element("h1", {}, title);
  const edit = button("", showForm, { class: "plain small", "aria-label": "Rename this session", title: "Rename" });
  edit.append(icon("pencil"));
  const slides = button("Slides", () => showDeck(deckPlace.hidden === true), {
    class: "small",
    "aria-expanded": "false",
  });
  const close = button("", () => showDeck(false), { class: "plain small deck-close", "aria-label": "Close the slides" });
  close.append(icon("close"));
  const titleLine = element("div", { class: "talk-title" }, heading, edit);
  const names = session.agents.map((agent) => agent.name);
  const kind = KINDS[session.session_type];
  const made = element(
    "header",
    { class: "talk-head" },
    titleLine,
    names.length > 0 && element("p", { class: "soft talk-agents" }, ...names.flatMap(nameInList), kind && ` – ${kind}`),
    slides,
  );
  let wasCounted = false;

  function showForm() {
    const input = element("input", { value: title, maxlength: 200, "aria-label": "Title" });
    const form = element("form", { class: "session-form" }, input);
    let done = false;
    /** @param {boolean} keep @param {boolean} stay whether the keyboard goes on here */
    const end = (keep, stay) => {
      if (done) return;
      done = true;
      titleLine.replaceChildren(heading, edit);
      if (stay) edit.focus();
      const wanted = input.value.trim();
      if (keep && wanted && wanted !== title) void rename(desk, session.session_id, wanted);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      end(true, true);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      end(false, true);
    });
    input.addEventListener("blur", () => end(true, false));
    titleLine.replaceChildren(form);
    input.select();
  }

  /** @param {boolean} show */
  function showDeck(show) {
    const had = deckPlace.contains(document.activeElement);
    deckPlace.hidden = !show;
    slides.setAttribute("aria-expanded", String(show));
    made.closest(".conversation")?.classList.toggle("has-deck", show);
    if (show && close.parentElement !== deckPlace) deckPlace.prepend(close);
    // Where the slides cover the conversation, nobody is to walk about behind them.
    const covers = show && !BESIDE.matches;
    made.closest(".talk")?.toggleAttribute("inert", covers);
    if (covers) close.focus();
    if (!show && had) slides.focus();
  }

  deckPlace.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    // In a field it is for the field.
    if (event.target instanceof Element && event.target.closest("input, textarea, select, dialog")) return;
    event.preventDefault();
    showDeck(false);
    slides.focus();
  });

  BESIDE.addEventListener("change", () => showDeck(!deckPlace.hidden), { signal });

  return {
    element: made,
    /** @param {string} changed */
    title(changed) {
      title = changed;
      heading.textContent = changed;
      document.title = `${changed} – Palaver`;
    },
    /**
     * @param {number} count how many slides the session has
     * @param {boolean} isWritten whether one is being written
     */
    slides(count, isWritten) {
      slides.textContent = count > 0 ? `Slides (${count})` : "Slides";
      // Where there is room, slides are beside the chat as soon as there are any.
      const isAny = count > 0 || isWritten;
      if (isAny && !wasCounted && BESIDE.matches) showDeck(true);
      wasCounted = isAny;
    },
  };
}
