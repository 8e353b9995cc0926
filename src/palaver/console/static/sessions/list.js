/** The list of sessions: loaded in pages, searched by title, and cleaned up in bulk. */
import { confirmed } from "../dialog.js";
import { button, element } from "../element.js";
import { leave, SessionRow } from "./row.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").Session} Session */

const PAGE = 50;
/** The most that the contract's cleanup takes at once. */
const AT_ONCE = 1000;
const TYPING = 200;
/** Milliseconds after which somebody who looks on is told what was done elsewhere. */
const ANEW = 60_000;

/**
 * Fills the list and keeps it up to date.
 *
 * @param {HTMLElement} place
 * @param {Desk} desk
 */
export function openSessions(place, desk) {
  /** @type {Map<string, Session>} */
  const sessions = new Map();
  /** Those that are shown. @type {Map<string, SessionRow>} */
  let rows = new Map();
  /** @type {Set<string>} */
  const chosen = new Set();
  let cursor = /** @type {string | null | undefined} */ (undefined);
  let loading = false;
  /** What is on its way. @type {Promise<void> | undefined} */
  let loads;
  let isLooking = false;
  let choosing = false;
  let here = "";
  let wanted = "";

  const search = element("input", {
    type: "search",
    placeholder: "Search titles",
    "aria-label": "Search sessions by title",
    autocomplete: "off",
  });
  const list = element("ul", { class: "sessions" });
  const state = element("p", { class: "soft sessions-state", role: "status" });
  const more = button("Show more", () => void load(), { class: "plain small", hidden: true });
  const choose = button("Select", () => startChoosing(!choosing), { class: "plain small", "aria-pressed": "false" });
  const remove = button("Delete selected", () => void removeChosen(), { class: "danger small", hidden: true });
  const all = button("Select all", () => void pickAll(), { class: "small", hidden: true });
  const scroller = element("div", { class: "sessions-scroller" }, list, state, more);
  place.replaceChildren(
    element("a", { class: "button primary new-session", href: "#/" }, "New session"),
    element("div", { class: "sessions-tools" }, search, choose),
    element("div", { class: "sessions-chosen" }, all, remove),
    scroller,
  );

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      wanted = folded(search.value.trim());
      show();
    }, TYPING);
  });

  // The next page is there before its place is seen.
  const nearing = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting) && cursor && !wanted) void load();
    },
    { root: scroller, rootMargin: "400px" },
  );
  nearing.observe(more);

  function load() {
    loads ??= loadPage().finally(() => {
      loads = undefined;
    });
    return loads;
  }

  async function loadPage() {
    if (cursor === null) return;
    loading = true;
    try {
      const page = await desk.client.listSessions({ limit: PAGE, ...(cursor ? { cursor } : {}) });
      for (const session of page.sessions) sessions.set(session.session_id, session);
      cursor = page.next_cursor;
      show();
    } catch (error) {
      more.hidden = false;
      state.textContent = "";
      desk.fail(error, "The sessions were not loaded.");
      return;
    } finally {
      loading = false;
    }
    // A search goes through everything there is; the server has none of its own.
    if (wanted && cursor) await loadPage();
  }

  function show() {
    // While a title is written, nothing moves; it is shown when that is done.
    if ([...rows.values()].some((row) => row.isWritten)) return;
    const shown = found().sort((a, b) => b.last_activity.localeCompare(a.last_activity));
    const before = rows;
    rows = new Map();
    for (const session of shown) {
      const id = session.session_id;
      const known = before.get(id);
      const row =
        known?.choosing === choosing
          ? known
          : new SessionRow(desk, session, { choosing, pick: (is) => pick(id, is), written: show });
      row.show(session, { chosen: chosen.has(id), here: id === here });
      rows.set(id, row);
    }
    arrange([...rows.values()].map((row) => row.element));
    more.hidden = !cursor || wanted !== "";
    if (wanted && cursor) {
      state.textContent = `Searching … ${sessions.size} looked at`;
      void load();
    } else if (shown.length === 0) {
      state.textContent = wanted ? "No title has this." : cursor === undefined ? "Loading …" : "No sessions yet.";
    } else {
      state.textContent = wanted ? `${shown.length} found` : "";
    }
    showChosen();
  }

  /** Those whose title has what is searched for, of all that were loaded. */
  function found() {
    return [...sessions.values()].filter((session) => !wanted || folded(session.title).includes(wanted));
  }

  function showChosen() {
    const ids = found().map((session) => session.session_id);
    const isAll = !cursor && ids.length > 0 && ids.every((id) => chosen.has(id));
    all.textContent = isAll ? "Select none" : wanted ? "Select all found" : "Select all";
    all.hidden = !choosing || ids.length === 0;
    const unseen = chosen.size - ids.filter((id) => chosen.has(id)).length;
    remove.textContent = `Delete selected (${chosen.size}${unseen > 0 ? `, ${unseen} not shown` : ""})`;
    remove.hidden = chosen.size === 0;
  }

  /** Choose all there are, also those that were not loaded; or none, if all are chosen. */
  async function pickAll() {
    const words = wanted;
    all.disabled = true;
    try {
      while (cursor && choosing && wanted === words) {
        const before = cursor;
        state.textContent = `Loading all … ${sessions.size}`;
        // A page that is on its way already is waited for.
        await (loads ?? load());
        if (cursor === before) return;
      }
    } finally {
      all.disabled = false;
    }
    if (!choosing || wanted !== words) return;
    const ids = found().map((session) => session.session_id);
    if (ids.every((id) => chosen.has(id))) ids.forEach((id) => chosen.delete(id));
    else ids.forEach((id) => chosen.add(id));
    show();
  }

  /** See what is new, not as it was, or gone, because of other windows and other clients. */
  async function lookAgain() {
    if (document.visibilityState !== "visible" || isLooking || loading || cursor === undefined) return;
    isLooking = true;
    desk.dispatchEvent(new Event("look"));
    const before = new Map(sessions);
    /** @type {Map<string, Session>} */
    const now = new Map();
    try {
      let next = /** @type {string | null | undefined} */ (undefined);
      // Where nothing was, the rest is loaded as it is wanted.
      let isKnown = before.size === 0;
      do {
        const page = await desk.client.listSessions({ limit: PAGE, ...(next ? { cursor: next } : {}) });
        for (const session of page.sessions) {
          now.set(session.session_id, session);
          isKnown ||= before.get(session.session_id)?.last_activity === session.last_activity;
        }
        next = page.next_cursor;
      } while (next && !isKnown);
      if (before.size === 0) cursor = next;
      const oldest = next ? [...now.values()].at(-1)?.last_activity ?? "" : "";
      for (const [id, session] of before) {
        // What this page itself changed meanwhile is newer than what was read.
        if (sessions.get(id) !== session) now.delete(id);
        else if (!now.has(id) && session.last_activity > oldest) desk.sessionRemoved(id);
      }
      for (const [id, session] of now) if (before.has(id) || !sessions.has(id)) sessions.set(id, session);
      show();
    } catch {
      // Nobody asked for it; it is tried again.
    } finally {
      isLooking = false;
    }
  }

  /** Put these into the list. Only what is not at its place is moved. @param {readonly Element[]} wanted */
  function arrange(wanted) {
    const stays = new Set(wanted);
    for (const row of [...list.children]) if (!stays.has(row)) row.remove();
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    let next = list.firstElementChild;
    for (const row of wanted) {
      if (row === next) next = next.nextElementSibling;
      else list.insertBefore(row, next);
    }
    // What is moved loses the keyboard.
    if (focused?.isConnected && focused !== document.activeElement) focused.focus();
  }

  /** @param {boolean} on */
  function startChoosing(on) {
    choosing = on;
    chosen.clear();
    choose.textContent = on ? "Done" : "Select";
    choose.setAttribute("aria-pressed", String(on));
    show();
  }

  /** @param {string} id @param {boolean} is */
  function pick(id, is) {
    if (is) chosen.add(id);
    else chosen.delete(id);
    showChosen();
  }

  async function removeChosen() {
    const ids = [...chosen];
    const many = ids.length === 1 ? "1 session" : `${ids.length} sessions`;
    const shown = new Set(found().map((session) => session.session_id));
    const unseen = ids.filter((id) => !shown.has(id)).length;
    const remark = unseen > 0 ? `${unseen} of them ${unseen === 1 ? "is" : "are"} not shown now, because of the search. ` : "";
    const sure = await confirmed(
      `Delete ${many}?`,
      `${remark}${ids.length === 1 ? "Its" : "Their"} messages and slides are lost.`,
      `Delete ${many}`,
    );
    if (!sure) return;
    let deleted = 0;
    try {
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const part = ids.slice(at, at + AT_ONCE);
        const result = await desk.client.deleteSessions({ body: { session_ids: part } });
        deleted += result.deleted;
        for (const id of part) {
          // What was not deleted is not the user's, or is gone already.
          leave(desk, id);
        }
      }
      desk.say(deleted === 1 ? "1 session deleted." : `${deleted} sessions deleted.`);
      startChoosing(false);
    } catch (error) {
      desk.fail(error, deleted ? `Only ${deleted} were deleted.` : "Nothing was deleted.");
    }
  }

  desk.addEventListener("session", (event) => {
    const changed = /** @type {CustomEvent<Partial<Session> & { session_id: string }>} */ (event).detail;
    const known = sessions.get(changed.session_id);
    if (known || changed.title) {
      sessions.set(changed.session_id, /** @type {Session} */ ({ ...known, ...changed }));
      show();
    }
  });
  desk.addEventListener("session-removed", (event) => {
    const id = /** @type {CustomEvent<string>} */ (event).detail;
    sessions.delete(id);
    chosen.delete(id);
    show();
  });
  desk.addEventListener("back", () => {
    if (sessions.size === 0) void load();
    else void lookAgain();
  });
  document.addEventListener("visibilitychange", () => void lookAgain());
  // A window beside another one is seen all the time.
  window.addEventListener("focus", () => void lookAgain());
  setInterval(() => void lookAgain(), ANEW);

  show();
  void load();

  return {
    /** @param {string} id the session that is shown, or nothing */
    moved(id) {
      here = id;
      show();
    },
  };
}

/**
 * A text as it is searched: without accents, and without upper case, as in every language at once.
 *
 * @param {string} text
 */
function folded(text) {
  return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}
