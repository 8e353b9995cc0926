/** Commands for whoever runs the server, as they fit: its program, its folder, and this address. */
import { element } from "./element.js";

/** Where the program looks for a server that it is told nothing of. */
const USUAL = "http://127.0.0.1:8000";

/**
 * @param {string} words such as `link`
 * @returns {string}
 */
export function commandFor(words) {
  const { command = "palaver", options = "" } = document.body.dataset;
  const url = location.origin === USUAL ? "" : ` --url ${quoted(location.origin)}`;
  return `${command} ${words}${url}${options}`;
}

/**
 * What prints a link for a user; for the server's owner, where it is not known for whom.
 *
 * @param {string} [user]
 * @param {boolean} [admin]
 */
export function linkCommand(user = "", admin = false) {
  return commandFor(["link", user && `--user ${quoted(user)}`, admin && "--admin"].filter(Boolean).join(" "));
}

/**
 * How to come by a new link.
 *
 * @param {string} [user] for whom, if that is known
 * @param {boolean} [admin]
 * @returns {HTMLElement[]}
 */
export function howToSignIn(user = "", admin = false) {
  const command = element("code", {}, linkCommand(user, admin));
  return [
    element("p", {}, "For a new link, run this where the server runs, and open what it prints:"),
    element("pre", { tabindex: 0, "aria-label": "Command" }, command),
    ...(user
      ? []
      : [
          element(
            "p",
            { class: "soft" },
            "It signs in ",
            element("code", {}, "owner"),
            ", who is an administrator. Add ",
            element("code", {}, "--user NAME"),
            " for anybody else.",
          ),
        ]),
  ];
}

/**
 * A word for a shell. Names of hosts and of people may have characters that mean something there.
 *
 * @param {string} text
 */
export function quoted(text) {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
