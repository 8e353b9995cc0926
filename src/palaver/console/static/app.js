/** The console: signs in by its cookie, shows the frame, and opens a panel for each address. */
import { commandFor } from "./command.js";
import { Desk } from "./desk.js";
import { button, element } from "./element.js";
import { isAway, told } from "./errors.js";
import { route } from "./router.js";
import { NotSignedIn, SignIn } from "./session.js";

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Record<string, string>} */
const TITLES = { books: "Books", topics: "Topics", agents: "Agents", profiles: "Profiles" };

const main = at("main");
const signIn = new SignIn();
const desk = new Desk(signIn);

/** @param {unknown} error */
function showTrouble(error) {
  const { words, requestId } = told(error);
  if (isAway(error)) {
    desk.addEventListener("back", () => location.reload(), { once: true });
    void desk.awaitServer();
  }
  main.replaceChildren(
    element(
      "section",
      { class: "card" },
      element("h1", {}, "This did not work"),
      element("p", {}, words),
      requestId && element("p", {}, element("small", {}, `Request ${requestId}`)),
      button("Try again", () => location.reload(), { class: "primary" }),
    ),
  );
}

/** @param {HTMLElement} place */
function showNowhere(place) {
  place.append(
    element(
      "section",
      { class: "card" },
      element("h1", {}, "There is no such page"),
      element("p", {}, "The address may not be whole, or be an old one."),
      element("a", { class: "button primary", href: "#/" }, "Start a new session"),
    ),
  );
  return () => {};
}

/** @param {string} [why] */
function showSignedOut(why) {
  at("frame").classList.add("is-signed-out");
  main.replaceChildren(
    element(
      "section",
      { class: "card" },
      element("h1", {}, "Sign in"),
      element("p", {}, why ?? "You are not signed in, or not any more."),
      !why && element("p", {}, "For a new link, run this where the server runs, and open what it prints:"),
      !why && element("pre", { tabindex: 0, "aria-label": "Command" }, element("code", {}, commandFor("link"))),
    ),
  );
}

signIn.ended = () => showSignedOut();

async function start() {
  await signIn.token();
  const { openSide } = await import("./side.js");
  const side = openSide(desk, signIn);
  route(
    main,
    {
      "": async (place) => (await import("./chat/start.js")).openStart(place, desk),
      sessions: async (place, id) =>
        id
          ? (await import("./chat/conversation.js")).openConversation(place, desk, id)
          : showNowhere(place),
      books: async (place) => (await import("./books/books.js")).openBooks(place, desk),
      topics: async (place) => (await import("./books/topics.js")).openTopics(place, desk),
      agents: async (place) => (await import("./catalogue/agents.js")).openAgents(place, desk),
      profiles: async (place) => (await import("./catalogue/profiles.js")).openProfiles(place, desk),
    },
    showNowhere,
    (name, argument) => {
      document.title = TITLES[name] ? `${TITLES[name]} – Palaver` : "Palaver";
      side.moved(name, argument);
    },
    showTrouble,
  );
}

// The address says what is shown, so this link cannot change it.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

start().catch((error) => {
  if (!(error instanceof NotSignedIn)) showTrouble(error);
  else if (!at("frame").classList.contains("is-signed-out")) showSignedOut(error.message);
});
