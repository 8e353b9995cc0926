/** The page that a one-time link leads to: it uses the link up and goes on to the console. */
import { howToSignIn } from "./command.js";
import { button, element } from "./element.js";
import { tellTabs } from "./tabs.js";

const WORDS = {
  "urn:palaver:problem:link-used": "This link was used already. A link signs in once.",
  "urn:palaver:problem:link-expired": "This link has expired.",
  "urn:palaver:problem:link-invalid": "This is not a link of this server, or it is not whole.",
};

/** Refusals of links that this server made. */
const OWN = new Set(["urn:palaver:problem:link-used", "urn:palaver:problem:link-expired"]);

const state = /** @type {HTMLElement} */ (document.getElementById("state"));

/** @param {...(Node | string)} children */
function show(...children) {
  state.replaceChildren(...children);
}

/**
 * @param {string} why
 * @param {string} [user] whom a new link is wanted for
 */
function explain(why, user) {
  show(
    element("p", { class: "strong" }, why),
    ...howToSignIn(user),
    element("p", {}, element("a", { href: "/console" }, "I am signed in already")),
  );
}

/**
 * @param {string} what
 * @param {string} [body]
 */
function post(what, body) {
  return fetch(`/console/${what}`, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-Palaver-Console": "1" },
    body,
  });
}

/**
 * Whom a link names, by its own words: the server alone knows whether they hold.
 *
 * @param {string} key
 * @returns {string}
 */
function named(key) {
  try {
    const claims = (key.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(claims), (each) => each.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub ?? "");
  } catch {
    return "";
  }
}

/**
 * Sign in at once where nobody is signed in. Somebody else is not signed out unasked: a link may come
 * from whoever wants to read along.
 *
 * @param {string} key
 */
async function arrive(key) {
  const answer = await post("token").catch(() => undefined);
  const user = answer?.ok ? String((await answer.json().catch(() => ({}))).user ?? "") : "";
  const other = named(key);
  if (!user || user === other) {
    await enter(key);
    return;
  }
  show(
    element("p", {}, "You are signed in as ", element("strong", {}, element("bdi", {}, user)), "."),
    element(
      "p",
      {},
      "This link signs in ",
      other ? element("strong", {}, element("bdi", {}, other)) : "somebody else",
      " instead. Follow it only if you know whom it is from.",
    ),
    element(
      "div",
      { class: "actions" },
      element("a", { class: "button primary", href: "/console" }, "Stay signed in"),
      button("Sign in by this link", () => void enter(key)),
    ),
  );
}

/** @param {string} key */
async function enter(key) {
  let response;
  try {
    response = await post("sign-in", JSON.stringify({ key }));
  } catch {
    show(
      element("p", {}, "The server cannot be reached. The link is still good."),
      button("Try again", () => void enter(key), { class: "primary" }),
    );
    return;
  }
  if (response.ok) {
    tellTabs("signed-in");
    location.replace("/console");
    return;
  }
  if (response.status >= 500) {
    show(
      element("p", {}, "The server cannot work at the moment. The link may still be good."),
      button("Try again", () => void enter(key), { class: "primary" }),
    );
    return;
  }
  const problem = await response.json().catch(() => ({}));
  const why = WORDS[/** @type {keyof typeof WORDS} */ (problem.type)] ?? problem.title ?? "";
  // What a link says of itself that is none may be anything.
  explain(why, OWN.has(problem.type) ? named(key) : "");
}

const key = new URLSearchParams(location.hash.slice(1)).get("key");
// The key is not to stay in the history, nor on the screen.
history.replaceState(null, "", location.pathname);
if (key) void arrive(key);
else explain("The console opens with a one-time link, which the server prints when it starts.");
