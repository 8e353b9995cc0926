/** What agents and profiles have in common: a name, what they are for, and how they answer. */
import { labelled, textControl } from "../fields.js";

/** @typedef {{name: string, description: string | null, instructions: string | null}} Persona */

/**
 * @param {Persona | undefined} persona
 * @param {{description: string, instructions: string}} hints
 */
export function personaFields(persona, hints) {
  const value = (/** @type {keyof Persona} */ name) => persona?.[name] ?? "";
  const name = textControl({ pointer: "/body/name", value: value("name"), required: true, most: 200 });
  const description = textControl({
    pointer: "/body/description",
    value: value("description"),
    most: 2000,
    lines: 2,
  });
  const instructions = textControl({
    pointer: "/body/instructions",
    value: value("instructions"),
    most: 20000,
    lines: 8,
  });
  name.name = "name";
  description.name = "description";
  instructions.name = "instructions";
  return [
    labelled("Name", name),
    labelled("What it is for", description, hints.description),
    labelled("Instructions", instructions, hints.instructions),
  ];
}

/**
 * What a form of these fields says; null empties what may be empty.
 *
 * @param {FormData} form
 * @returns {Persona}
 */
export function personaOf(form) {
  const text = (/** @type {string} */ name) => String(form.get(name) ?? "").trim();
  return {
    name: text("name"),
    description: text("description") || null,
    instructions: text("instructions") || null,
  };
}
