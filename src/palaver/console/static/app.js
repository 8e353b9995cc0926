/** The console: signs in by its cookie, shows the frame, and opens a panel for each address. */
import { howToSignIn } from "./command.js";
import { Desk, isReady } from "./desk.js";
import { button, element } from "./element.js";
import { isAway, told } from "./errors.js";
import { forgetKept } from "./kept.js";
import { route } from "./router.js";
import { NotSignedIn, SignIn } from "./session.js";
import { hearTabs } from "./tabs.js";
import { ConnectionError } from "./vendor/palaver-client.min.js";

/** @typedef {import("./router.js").Close} Close */
/** @typedef {import("./router.js").Open} Open */
/** @typedef {import("./session.js").User} User */

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Record<string, string>} */
const TITLES = { books: "Books", topics: "Topics", agents: "Agents", profiles: "Profiles" };

/** What panels are made of; it comes when it is wanted, or when there is time. */
const PARTS = {
  start: () => import("./chat/start.js"),
  conversation: () => import("./chat/conversation.js"),
  books: () => import("./books/books.js"),
  topics: () => import("./books/topics.js"),
  agents: () => import("./catalogue/agents.js"),
  profiles: () => import("./catalogue/profiles.js"),
};

const main = at("main");
const signIn = new SignIn();
const desk = new Desk(signIn);

/** @type {ReturnType<typeof route> | undefined} */
let routes;

/**
 * A part of the page. One that does not come says of the server what a request would.
 *
 * @template T
 * @param {() => Promise<T>} part
 * @returns {Promise<T>}
 */
async function loaded(part) {
  try {
    return await part();
  } catch (cause) {
    // So browsers call it; what is wrong with a part itself is something else.
    if (!(cause instanceof TypeError)) throw cause;
    if (await isReady()) throw new Error("A part of the page did not come.", { cause });
    throw new ConnectionError("The server cannot be reached.", { cause });
  }
}

/** Have all parts before the server may be away. */
function loadAll() {
  const load = () => void Promise.allSettled(Object.values(PARTS).map((part) => part()));
  if ("requestIdleCallback" in window) requestIdleCallback(load, { timeout: 5_000 });
  else setTimeout(load, 1_000);
}

/** @param {unknown} error */
function showTrouble(error) {
  const { words, requestId } = told(error);
  const again = () => (routes ? routes.again() : location.reload());
  const comes = isAway(error);
  const card = element(
    "section",
    { class: "card" },
    element("h1", {}, "This did not work"),
    element("p", {}, words),
    requestId && element("p", {}, element("small", {}, `Request ${requestId}`)),
    // A page that is loaded anew from a server that is away is lost.
    comes
      ? element("p", { class: "soft" }, "It is shown as soon as the server is back.")
      : button("Try again", () => location.reload(), { class: "primary" }),
  );
  main.replaceChildren(card);
  if (!comes) return;
  // Whoever went elsewhere meanwhile does not want it any more.
  desk.addEventListener("back", () => card.isConnected && again(), { once: true });
  void desk.awaitServer();
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

/**
 * Show this in the place of everything: nothing that is here is to be worked with any more.
 *
 * @param {string} heading
 * @param {...(Node | string)} words
 */
function end(heading, ...words) {
  routes?.close();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  at("frame").classList.add("is-signed-out");
  main.removeAttribute("inert");
  main.replaceChildren(element("section", { class: "card" }, element("h1", {}, heading), ...words));
  main.focus();
}

function isOver() {
  return at("frame").classList.contains("is-signed-out");
}

/** @param {string} [why] */
function showSignedOut(why) {
  const { name, admin } = signIn.user;
  const words = element("p", {}, why ?? "You are not signed in, or not any more.");
  end("Sign in", words, ...(why ? [] : howToSignIn(name, admin)));
}

/** @param {User} user */
function showReplaced({ name, admin }) {
  const who = (/** @type {string} */ called) => element("strong", {}, element("bdi", {}, called));
  const before = signIn.user.name;
  end(
    name === before ? "You signed in anew" : "Somebody else signed in",
    element(
      "p",
      {},
      "This browser is signed in as ",
      who(name),
      admin ? " (administrator)" : "",
      " now. What stood here was opened as ",
      who(before),
      ".",
    ),
    button("Go on", () => location.reload(), { class: "primary" }),
  );
}

signIn.ended = () => showSignedOut();
signIn.replaced = showReplaced;
hearTabs(async (news) => {
  if (news === "signed-in" && isOver()) {
    location.reload();
    return;
  }
  await signIn.check();
  // Whoever left wants nothing of it kept, in any tab.
  if (news === "signed-out" && isOver()) forgetKept();
});
// A page that was left, and is gone back to, is as it was then.
window.addEventListener("pageshow", (event) => event.persisted && void signIn.check());

/**
 * A panel that has no parts of its own.
 *
 * @param {(place: HTMLElement) => Promise<Close> | Close} open
 * @returns {Open}
 */
function whole(open) {
  return (place, argument) => (argument ? showNowhere(place) : open(place));
}

async function start() {
  await signIn.token();
  const { openSide } = await loaded(() => import("./side.js"));
  const side = openSide(desk, signIn);
  routes = route(
    main,
    {
      "": whole(async (place) => (await loaded(PARTS.start)).openStart(place, desk)),
      sessions: async (place, id) =>
        // No session is called so; in a path it is a place above.
        /^\.{0,2}$/.test(id)
          ? showNowhere(place)
          : (await loaded(PARTS.conversation)).openConversation(place, desk, id),
      books: whole(async (place) => (await loaded(PARTS.books)).openBooks(place, desk)),
      topics: whole(async (place) => (await loaded(PARTS.topics)).openTopics(place, desk)),
      agents: whole(async (place) => (await loaded(PARTS.agents)).openAgents(place, desk)),
      profiles: whole(async (place) => (await loaded(PARTS.profiles)).openProfiles(place, desk)),
    },
    showNowhere,
    (name, argument) => {
      document.title = TITLES[name] ? `${TITLES[name]} – Palaver` : "Palaver";
      side.moved(name, argument);
    },
    showTrouble,
  );
  loadAll();
}

// The address says what is shown, so this link cannot change it.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

start().catch((error) => {
  if (!(error instanceof NotSignedIn)) showTrouble(error);
  else if (!isOver()) showSignedOut(error.message);
});
