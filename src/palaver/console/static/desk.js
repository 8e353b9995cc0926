/** What every panel works with: the client, the user, and ways to tell the user something. */
import { button, element } from "./element.js";
import { isAway, told } from "./errors.js";
import { NotSignedIn } from "./session.js";

/** @typedef {import("./session.js").SignIn} SignIn */
/** @typedef {import("./vendor/palaver-client.min.js").Session} Session */

const NOTICE_TIME = 5_000;
const TROUBLE_TIME = 12_000;
const LONGEST_WAIT = 15_000;

export class Desk extends EventTarget {
  #signIn;
  #isAway = false;

  /** @param {SignIn} signIn */
  constructor(signIn) {
    super();
    this.#signIn = signIn;
  }

  get client() {
    return this.#signIn.client;
  }

  /** The client for files, which tells how far they are. */
  get sender() {
    return this.#signIn.sender;
  }

  get user() {
    return this.#signIn.user;
  }

  /**
   * Show and go to another place of the console.
   *
   * @param {string} hash such as `#/books`
   */
  go(hash) {
    location.hash = hash;
  }

  /**
   * Tell something in passing, also to those who cannot see it.
   *
   * @param {string} text
   */
  say(text) {
    this.#notice(document.getElementById("notices"), NOTICE_TIME, "notice", text);
  }

  /**
   * Tell that something went wrong. An error that says that the server is away, or the sign-in
   * over, is told once for all.
   *
   * @param {unknown} error
   * @param {string} [what] what was tried, as in "The session was not renamed."
   */
  fail(error, what = "") {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (error instanceof NotSignedIn) return;
    const { words, requestId } = told(error);
    const text = what ? `${what} ${words}` : words;
    const shown = this.#notice(document.getElementById("trouble"), TROUBLE_TIME, "notice bad", text);
    if (requestId) shown.firstChild?.appendChild(element("small", {}, `Request ${requestId}`));
    if (!isAway(error)) return;
    // When the server is back, it is no trouble any more.
    this.addEventListener("back", () => shown.remove(), { once: true });
    void this.awaitServer();
  }

  /**
   * A session is new, or is not as it was.
   *
   * @param {Partial<Session> & { session_id: string }} session
   */
  sessionChanged(session) {
    this.dispatchEvent(new CustomEvent("session", { detail: session }));
  }

  /**
   * A session is there no more.
   *
   * @param {string} id
   */
  sessionRemoved(id) {
    this.dispatchEvent(new CustomEvent("session-removed", { detail: id }));
  }

  /** Whether the server could not be reached when it was last tried. */
  get isAway() {
    return this.#isAway;
  }

  /** Say that the server is away until it is back; then whoever listens for `back` goes on. */
  async awaitServer() {
    if (this.#isAway) return;
    this.#isAway = true;
    const banner = element(
      "p",
      { class: "away", role: "status" },
      "The server cannot be reached. Trying again …",
    );
    document.body.prepend(banner);
    for (let wait = 1_000; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      await online(wait);
      if (await isReady()) break;
    }
    banner.remove();
    this.#isAway = false;
    this.dispatchEvent(new Event("back"));
    this.say("The server is back.");
  }

  /**
   * Shows something in the place of what was told there before: that is not so any more, and there
   * is room for one.
   *
   * @param {HTMLElement | null} place
   * @param {number} time
   * @param {string} kind
   * @param {string} text
   */
  #notice(place, time, kind, text) {
    const words = element("p", {}, text);
    const shown = element("div", { class: kind }, words);
    const more = button("More", () => open(), { class: "plain", hidden: true });
    const close = button("×", () => shown.remove(), { class: "plain", "aria-label": "Close" });
    shown.append(more, close);
    place?.replaceChildren(shown);
    // Where there is no room for all of it, it is asked for, and stays until it is closed.
    const fits = () => {
      if (!shown.classList.contains("is-whole")) more.hidden = words.scrollHeight <= words.clientHeight + 1;
    };
    const sizes = new ResizeObserver(fits);
    sizes.observe(words);
    const timer = setTimeout(() => shown.remove(), time);
    const open = () => {
      clearTimeout(timer);
      shown.classList.add("is-whole");
      more.hidden = true;
      close.focus();
    };
    return shown;
  }
}

/** Whether the server says that it can work. */
export async function isReady() {
  const answer = await fetch("/readyz", { cache: "no-store" }).catch(() => undefined);
  return answer?.ok ?? false;
}

/**
 * Resolves after a while, or as soon as the browser has a network again.
 *
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
function online(milliseconds) {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    window.addEventListener("online", go);
  });
}
