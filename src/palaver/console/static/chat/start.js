/** A new session: say something at once, or choose first who answers. */
import { noBooks } from "../books/hint.js";
import { button, element, freshId, isWriting } from "../element.js";
import { keptName } from "../kept.js";
import { composer } from "./composer.js";
import { sayFirst } from "./conversation.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").Agent} Agent */
/** @typedef {import("../vendor/palaver-client.min.js").TeamSessionType} TeamSessionType */

/** How many passages of books an answer of an agent may rest on, unless people choose otherwise. */
const PASSAGES = 5;
/** More agents than these are found by typing the beginning of a name. */
const MANY = 100;

/** @type {Record<TeamSessionType, string>} */
const WAYS = {
  team: "All of them answer, in this order",
  "team-managed": "The first one decides who answers, and sums up",
  "team-flow": "Each works on the answer of the one before",
};

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 */
export function openStart(place, desk) {
  const closing = new AbortController();
  const form = choices(desk, closing.signal);
  let isMaking = false;

  /** @param {string} message what is said first, if anything */
  async function make(message) {
    if (isMaking) return;
    isMaking = true;
    writing.busy(true);
    begin.disabled = true;
    try {
      const id = await form.create();
      if (message.trim()) sayFirst(id, message);
      // The list hears of it beside; it is made, whatever comes of that.
      desk.client.getSession({ session_id: id }).then((made) => desk.sessionChanged(made), () => {});
      desk.go(`#/sessions/${encodeURIComponent(id)}`);
    } catch (error) {
      if (message) writing.set(message);
      if (error instanceof Unchosen) form.complain(error.message);
      else desk.fail(error, "The session was not made.");
    } finally {
      isMaking = false;
      writing.busy(false);
      begin.disabled = false;
    }
  }

  const writing = composer({
    draft: keptName(desk, "draft"),
    label: "First message",
    send: (text) => void make(text),
  });
  const begin = button("Start without a message", () => void make(""), {});
  place.append(
    element(
      "div",
      { class: "start" },
      element("h1", {}, "What shall we talk about?"),
      writing.element,
      noBooks(desk, closing.signal),
      element(
        "details",
        { class: "start-choices" },
        element("summary", {}, "Choose who answers"),
        form.element,
        element("div", { class: "actions" }, begin),
      ),
    ),
  );
  writing.placed();
  if (matchMedia("(hover: hover)").matches && !isWriting()) writing.focus();
  return () => closing.abort();
}

/** Something that is needed was not chosen. */
class Unchosen extends Error {}

/** @param {Desk} desk @param {AbortSignal} signal */
function choices(desk, signal) {
  /** @type {string[]} the agents of the team, in their order */
  const team = [];
  const fault = element("p", { class: "fault", role: "alert" });
  const title = element("input", { maxlength: 200, autocomplete: "off", placeholder: "Found from what is said, if empty" });
  const profile = element("select", {}, element("option", { value: "" }, "None"));
  const agent = element("select", {});
  const way = element("select", {}, ...Object.entries(WAYS).map(([value, words]) => element("option", { value }, words)));
  const passages = element("input", { type: "number", min: 1, max: 100, value: PASSAGES });
  const members = element("ul", { class: "members" });
  const none = element("p", { class: "soft", hidden: true }, "There are no agents yet. ", element("a", { href: "#/agents" }, "Make one"), ".");
  const retry = button("Try again", () => void load(), { class: "small" });
  const missing = element("p", { class: "soft", role: "status", hidden: true });
  /** @type {Record<"agents" | "profiles", boolean>} */
  const isLoaded = { agents: false, profiles: false };
  let isLoading = false;

  const profileField = field("Profile", profile);
  const agentField = field("Agent", agent);
  const teamField = element("fieldset", {}, element("legend", {}, "Agents, in their order"), members);
  const wayField = field("How they work together", way);
  const passagesField = field("Passages of books that an answer may use", passages);
  const kinds = /** @type {const} */ ([
    ["standalone", "The server's model, with a profile if you like"],
    ["agent", "An agent"],
    ["team", "A team of agents"],
  ]);
  const name = freshId("kind");
  const radios = kinds.map(([value], index) =>
    element("input", { type: "radio", name, value, checked: index === 0, onchange: show }),
  );
  const made = element(
    "div",
    {},
    element(
      "fieldset",
      {},
      element("legend", {}, "Who answers"),
      ...kinds.map(([, words], index) => element("label", { class: "choice" }, /** @type {Node} */ (radios[index]), words)),
    ),
    field("Title", title),
    none,
    missing,
    profileField,
    agentField,
    teamField,
    wayField,
    passagesField,
    fault,
  );

  function kind() {
    return radios.find((radio) => radio.checked)?.value ?? "standalone";
  }

  function show() {
    const is = kind();
    fault.textContent = "";
    profileField.hidden = is !== "standalone";
    agentField.hidden = is !== "agent";
    teamField.hidden = wayField.hidden = is !== "team";
    passagesField.hidden = is === "standalone";
    none.hidden = is === "standalone" || !isLoaded.agents || agent.options.length > 0;
    const wanted = is === "standalone" ? "profiles" : "agents";
    missing.hidden = isLoaded[wanted];
    if (isLoading) missing.replaceChildren(`Loading the ${wanted} …`);
    else missing.replaceChildren(`The ${wanted} are not loaded. `, retry);
  }

  /** @param {Agent} each */
  function member(each) {
    const place = element("span", { class: "status" });
    const box = element("input", {
      type: "checkbox",
      onchange: () => {
        if (box.checked) team.push(each.agent_id);
        else team.splice(team.indexOf(each.agent_id), 1);
        number();
      },
    });
    const row = element("li", { "data-id": each.agent_id }, element("label", { class: "choice" }, box, each.name, place));
    return row;
  }

  function number() {
    for (const row of members.children) {
      const at = team.indexOf(/** @type {HTMLElement} */ (row).dataset.id ?? "");
      const place = row.querySelector(".status");
      if (place) place.textContent = at < 0 ? "" : String(at + 1);
    }
  }

  /** Load what is not loaded yet. */
  async function load() {
    if (isLoading) return;
    isLoading = true;
    show();
    try {
      if (!isLoaded.agents) {
        const agents = await allOf(desk.client.listAgents({ limit: MANY }), signal);
        agent.append(...agents.map((each) => element("option", { value: each.agent_id }, each.name)));
        members.append(...agents.map(member));
        isLoaded.agents = true;
      }
      if (!isLoaded.profiles) {
        const profiles = await allOf(desk.client.listProfiles({ limit: MANY }), signal);
        profile.append(...profiles.map((each) => element("option", { value: each.profile_id }, each.name)));
        isLoaded.profiles = true;
      }
    } catch (error) {
      if (!signal.aborted) desk.fail(error, "Agents and profiles were not loaded.");
    } finally {
      isLoading = false;
      show();
    }
  }

  desk.addEventListener("back", () => void load(), { signal });
  void load();

  return {
    element: made,
    /** @param {string} why */
    complain(why) {
      fault.textContent = why;
      const details = made.closest("details");
      if (details) details.open = true;
    },
    /** @returns {Promise<string>} the new session's id */
    async create() {
      fault.textContent = "";
      const wanted = title.value.trim();
      const max_context_results = passages.valueAsNumber;
      if (kind() === "standalone") {
        const chosen = profile.selectedOptions[0];
        const body = {
          ...(wanted ? { title: wanted } : {}),
          ...(chosen?.value ? { profile_id: Number(chosen.value), profile_name: chosen.text } : {}),
        };
        return (await desk.client.createSession({ body })).session_id;
      }
      if (!passages.checkValidity() || Number.isNaN(max_context_results)) {
        throw new Unchosen("Choose from 1 to 100 passages.");
      }
      const named = { max_context_results, ...(wanted ? { name: wanted } : {}) };
      if (kind() === "agent") {
        if (!agent.value) throw new Unchosen("Choose an agent.");
        return (await desk.client.createAgentSession({ agent_id: agent.value, ...named })).session_id;
      }
      if (team.length === 0) throw new Unchosen("Choose the agents of the team.");
      const session_type = /** @type {TeamSessionType} */ (way.value);
      return (await desk.client.createTeamSession({ body: team, session_type, ...named })).session_id;
    },
  };
}

/**
 * @template T
 * @param {AsyncIterable<T>} pages
 * @param {AbortSignal} signal
 */
async function allOf(pages, signal) {
  /** @type {T[]} */
  const all = [];
  for await (const each of pages) {
    signal.throwIfAborted();
    all.push(each);
  }
  return all;
}

/** @param {string} label @param {HTMLElement} control */
function field(label, control) {
  const id = freshId("field");
  control.id = id;
  return element("div", { class: "field" }, element("label", { for: id }, label), control);
}
