/** Commands for whoever runs the server, as they fit: its program, its folder, and this address. */

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
 * A word for a shell. The name of a host may have characters that mean something there.
 *
 * @param {string} text
 */
export function quoted(text) {
  return /^[\w.:/[\]-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
