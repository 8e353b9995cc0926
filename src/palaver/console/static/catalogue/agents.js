/** Agents: who takes part in conversations, alone or as a team. */
import { labelled, textControl } from "../fields.js";
import { Catalogue, catalogueHead } from "./catalogue.js";
import { personaFields, personaOf } from "./persona.js";

/**
 * @import { Agent } from "../vendor/palaver-client.min.js"
 * @import { Desk } from "../desk.js"
 */

const HINTS = {
  description: "Shown where agents are chosen.",
  instructions: "How the agent should answer, in your own words.",
};

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 */
export function openAgents(place, desk) {
  const { client, user } = desk;
  /** @type {Catalogue<Agent>} */
  const agents = new Catalogue(desk, {
    one: "agent",
    many: "agents",
    head: catalogueHead("Agents", "They answer in conversations, alone or as a team."),
    keyOf: (agent) => agent.agent_id,
    nameOf: (agent) => agent.name,
    linesOf: (agent) => [
      agent.description,
      agent.created_by === user.name ? `Yours · ${agent.agent_id}` : `Of ${agent.created_by} · ${agent.agent_id}`,
    ],
    mayAdd: true,
    mayChange: (agent) => user.admin || agent.created_by === user.name,
    page: async (cursor) => {
      const page = await client.listAgents(cursor ? { cursor } : {});
      return { items: page.agents, next: page.next_cursor };
    },
    remove: (agent) => client.deleteAgent({ agent_id: agent.agent_id }),
    loss: "Sessions with the agent keep its name.",
    fields: (agent) => {
      const fields = personaFields(agent, HINTS);
      if (agent) return fields;
      const id = textControl({ pointer: "/body/agent_id", most: 128 });
      id.name = "id";
      const hint = "What programs call the agent; it cannot be changed later. One is made up if you give none.";
      return [...fields, labelled("Id", id, hint)];
    },
    save: (agent, form) => {
      const body = personaOf(form);
      if (agent) return client.updateAgent({ agent_id: agent.agent_id, body });
      const id = String(form.get("id") ?? "").trim();
      return client.createAgent({ body: { ...body, ...(id && { agent_id: id }) } });
    },
  });
  place.replaceChildren(agents.node);
  return () => agents.close();
}
