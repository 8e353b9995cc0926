/** From the address to a panel: `#/sessions/ID` and the like. */

/** @typedef {() => void} Close */
/** @typedef {(place: HTMLElement, argument: string) => Promise<Close> | Close} Open */

/**
 * Shows the panel of the address, now and whenever that changes.
 *
 * @param {HTMLElement} place
 * @param {Record<string, Open>} panels by the first part of the address; `""` is the start
 * @param {Open} nowhere for addresses that no panel has
 * @param {(name: string, argument: string) => void} moved
 * @param {(error: unknown) => void} failed
 * @returns {{ again: () => void, close: () => void }} shows the panel anew; shows none any more
 */
export function route(place, panels, nowhere, moved, failed) {
  /** @type {Close | undefined} */
  let close;
  let turn = 0;

  async function show() {
    const [name = "", argument = "", ...more] = location.hash.replace(/^#\/?/, "").split("/");
    const isKnown = Object.hasOwn(panels, name) && !more.some(Boolean);
    const open = isKnown ? panels[name] : nowhere;
    turn += 1;
    const mine = turn;
    close?.();
    close = undefined;
    // What was asked about the panel before is not asked any more.
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
    // One that is still being opened goes on filling what nobody sees any more.
    const own = document.createElement("div");
    own.className = "panel";
    place.replaceChildren(own);
    place.className = `panel-${name || "start"}`;
    moved(name, argument);
    try {
      const opened = await open?.(own, safelyDecoded(argument));
      // Whoever went on meanwhile does not want it any more.
      if (mine !== turn) {
        opened?.();
        return;
      }
      close = opened;
      // What had the focus may be gone: the keyboard goes on with what is new.
      if (turn > 1 && document.activeElement === document.body) place.focus();
    } catch (error) {
      if (mine === turn) failed(error);
    }
  }

  function moves() {
    // A link to a place within the page, such as the one that skips to the content.
    if (location.hash.startsWith("#/") || location.hash === "") void show();
  }

  window.addEventListener("hashchange", moves);
  void show();
  return {
    again: () => void show(),
    close() {
      window.removeEventListener("hashchange", moves);
      turn += 1;
      close?.();
      close = undefined;
    },
  };
}

/** @param {string} text */
function safelyDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
