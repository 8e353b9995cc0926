/** The layouts of slides: what people call them, and the fields that each of them has. */

/** @import { SlideContent } from "../vendor/palaver-client.min.js" */

/**
 * @typedef {{kind: "text", name: string, label: string, required?: boolean, most: number,
 *   lines?: number, hint?: string}} TextField
 * @typedef {{kind: "bullets" | "column" | "table" | "code" | "image", name: string,
 *   label: string}} StructuredField
 * @typedef {TextField | StructuredField} Field
 * @typedef {{name: string, fields: Field[]}} Layout
 */

/** @type {Field} */
const title = { kind: "text", name: "title", label: "Title", required: true, most: 500 };
/** @type {Field} */
const subtitle = { kind: "text", name: "subtitle", label: "Subtitle", most: 500, lines: 2 };

/** @type {Record<SlideContent["layout"], Layout>} */
export const LAYOUTS = {
  title: { name: "Title", fields: [title, subtitle] },
  section: { name: "Section", fields: [title, subtitle] },
  bullets: {
    name: "Bullets",
    fields: [title, { kind: "bullets", name: "bullets", label: "Bullets" }],
  },
  two_columns: {
    name: "Two columns",
    fields: [
      title,
      { kind: "column", name: "left", label: "Left column" },
      { kind: "column", name: "right", label: "Right column" },
    ],
  },
  table: { name: "Table", fields: [title, { kind: "table", name: "table", label: "Table" }] },
  code: {
    name: "Code",
    fields: [
      title,
      { kind: "text", name: "language", label: "Language", most: 40 },
      { kind: "code", name: "code", label: "Code" },
    ],
  },
  quote: {
    name: "Quotation",
    fields: [
      { kind: "text", name: "quote", label: "Quotation", required: true, most: 2000, lines: 4 },
      { kind: "text", name: "attribution", label: "Who said it", most: 300 },
    ],
  },
  image: {
    name: "Picture",
    fields: [
      title,
      { kind: "image", name: "image_id", label: "Picture" },
      {
        kind: "text",
        name: "alt",
        label: "What the picture shows",
        required: true,
        most: 500,
        hint: "For those who cannot see it.",
      },
      { kind: "text", name: "caption", label: "Caption", most: 500, lines: 2 },
    ],
  },
};

/** @type {Field} */
export const NOTES = {
  kind: "text",
  name: "notes",
  label: "Speaker notes",
  most: 10000,
  lines: 3,
  hint: "Only the speaker sees them.",
};

/**
 * What a slide is called in a list.
 *
 * @param {SlideContent} content
 */
export function titleOf(content) {
  return "title" in content ? content.title : content.quote;
}
