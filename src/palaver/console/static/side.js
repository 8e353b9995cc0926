/** What stands beside every panel: the sessions, the way to the others, and the account. */
import { button, element } from "./element.js";
import { forgetKept } from "./kept.js";
import { openSessions } from "./sessions/list.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./session.js").SignIn} SignIn */

const THEMES = { "": "As the system", light: "Light", dark: "Dark" };

/**
 * Fills the side and keeps it up to date.
 *
 * @param {Desk} desk
 * @param {SignIn} signIn
 */
export function openSide(desk, signIn) {
  const side = at("side");
  const menu = at("menu");
  const veil = at("veil");

  /** @param {boolean} open */
  function show(open) {
    side.classList.toggle("is-open", open);
    menu.setAttribute("aria-expanded", String(open));
    veil.hidden = !open;
    // Nobody is to walk about behind it.
    at("main").toggleAttribute("inert", open);
    // What is not seen yet cannot have the focus.
    if (open) requestAnimationFrame(() => side.classList.contains("is-open") && side.querySelector("a")?.focus());
  }

  menu.addEventListener("click", () => show(!side.classList.contains("is-open")));
  veil.addEventListener("click", () => show(false));
  // Where there is room for it, it is no drawer.
  matchMedia("(min-width: 48rem)").addEventListener("change", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !side.classList.contains("is-open")) return;
    // A question that stands before it is answered first.
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    show(false);
    menu.focus();
  });
  // Each session is some stops of the keyboard.
  side.querySelector(".skip-sessions")?.addEventListener("click", (event) => {
    event.preventDefault();
    at("pages").querySelector("a")?.focus();
  });
  const sessions = openSessions(at("sessions"), desk);
  at("account").replaceChildren(account(desk, signIn));

  return {
    /**
     * Another panel is shown.
     *
     * @param {string} name
     * @param {string} argument
     */
    moved(name, argument) {
      show(false);
      sessions.moved(name === "sessions" ? argument : "");
      for (const link of side.querySelectorAll(".side-foot a[href^='#/']")) {
        const here = link.getAttribute("href") === `#/${[name, argument].filter(Boolean).join("/")}`;
        if (here && name) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
    },
  };
}

/** @param {string} id */
function at(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @param {Desk} desk
 * @param {SignIn} signIn
 */
function account(desk, signIn) {
  async function leave() {
    try {
      await signIn.leave();
      forgetKept();
      location.assign("/");
    } catch (error) {
      desk.fail(error, "You are still signed in.");
    }
  }

  const theme = element(
    "select",
    { onchange: () => choose(theme.value) },
    ...Object.entries(THEMES).map(([value, name]) =>
      element("option", { value, selected: value === (document.documentElement.dataset.theme ?? "") }, name),
    ),
  );
  return element(
    "div",
    { class: "account" },
    element("p", {}, element("strong", {}, element("bdi", {}, desk.user.name)), desk.user.admin && " · administrator"),
    button("Sign out", () => void leave(), { class: "plain" }),
    element("label", {}, "Colours ", theme),
  );
}

/** @param {string} theme */
function choose(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    if (theme) localStorage.setItem("palaver.theme", theme);
    else localStorage.removeItem("palaver.theme");
  } catch {
    // Then it holds for this page alone.
  }
}
