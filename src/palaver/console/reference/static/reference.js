// The contract as this server has it, with the samples beside its operations.
import { mend } from "./mending.js";

/**
 * As much of OpenAPI as is touched here.
 * @typedef {{ in: string, required?: boolean, example?: unknown }} Parameter
 * @typedef {{ examples?: Record<string, { value: unknown }> }} Media
 * @typedef {{
 *   operationId: string,
 *   parameters?: Parameter[],
 *   responses: Record<string, { content?: Record<string, Media> }>,
 *   "x-codeSamples"?: unknown,
 * }} Operation
 * @typedef {{
 *   info: { description: string },
 *   tags: { name: string, "x-displayName"?: string }[],
 *   paths: Record<string, Record<string, Operation> & { parameters?: Parameter[] }>,
 *   components: { parameters: Record<string, Parameter> },
 * }} Contract
 */

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const EVENTS = "text/event-stream";

/**
 * @param {Contract} contract
 * @returns {Operation[]}
 */
function operationsOf({ paths }) {
  return Object.values(paths).flatMap((item) =>
    METHODS.flatMap((method) => (item[method] ? [item[method]] : [])),
  );
}

/**
 * @param {Contract} contract
 * @returns {Parameter[]}
 */
function parametersOf(contract) {
  const owners = [...Object.values(contract.paths), ...operationsOf(contract)];
  return [
    ...Object.values(contract.components.parameters),
    ...owners.flatMap(({ parameters }) => parameters ?? []),
  ];
}

/**
 * `agent_sessions` as people read it.
 * @param {string} name
 */
const titleOf = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

/** @param {unknown} event */
const nameOf = (event) => /** @type {{ type: string }} */ (event).type;

/**
 * Examples of events as they come in a stream, which is how Scalar wants them.
 * @param {Record<string, { value: unknown }>} examples
 */
const asEvents = (examples) =>
  Object.fromEntries(
    Object.entries(examples).map(([name, { value }], index) => [
      name,
      { value: { id: String(index + 1), event: nameOf(value), data: value } },
    ]),
  );

/**
 * Change a contract into what the page shows.
 * @param {Contract} contract
 * @param {Record<string, unknown>} samples by operationId
 * @param {string} introduction what the page says of itself, in Markdown
 */
function prepare(contract, samples, introduction) {
  for (const operation of operationsOf(contract)) {
    operation["x-codeSamples"] = samples[operation.operationId];
    for (const response of Object.values(operation.responses)) {
      const stream = response.content?.[EVENTS];
      if (stream?.examples) stream.examples = asEvents(stream.examples);
    }
  }
  // What is optional asks for something else than the usual answer: what is tried leaves it out.
  for (const parameter of parametersOf(contract)) {
    if (!parameter.required) delete parameter.example;
  }
  for (const tag of contract.tags) tag["x-displayName"] = titleOf(tag.name);
  contract.info.description += `\n${introduction}`;
}

/** @param {string | URL} url */
async function answered(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}

/** @param {string} name of a file that lies beside this module */
const beside = (name) => answered(new URL(name, import.meta.url));

async function show() {
  const place = /** @type {HTMLElement} */ (document.getElementById("reference"));
  const answers = await Promise.all([
    answered("/openapi.json").then((response) => response.json()),
    beside("samples.json").then((response) => response.json()),
    beside("introduction.md").then((response) => response.text()),
  ]).catch((error) => {
    const said = "The contract could not be read. Is the server still there? Load this page again.";
    place.textContent = said;
    throw error;
  });
  const [contract, samples, introduction] = answers;
  const { command = "palaver", options = "" } = document.body.dataset;
  const here = introduction
    .replaceAll("http://127.0.0.1:8000", () => location.origin)
    .replaceAll(/palaver (token --user me|credential)/g, (_, words) => `${command} ${words}${options}`);
  prepare(contract, samples["x-codeSamples"], here);
  place.replaceChildren();
  mend(document.body);
  const { Scalar } = /** @type {any} */ (globalThis);
  Scalar.createApiReference("#reference", {
    content: contract,
    // Nothing is asked of other servers.
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: "never",
    hideClientButton: true,
    // The contract itself is elsewhere, without what was added here.
    documentDownloadType: "none",
    // The samples, and no others.
    hiddenClients: true,
    theme: "default",
    // As the system has it, from the first moment; what was chosen here before comes first.
    darkMode: matchMedia("(prefers-color-scheme: dark)").matches,
    showOperationId: true,
    operationTitleSource: "summary",
    defaultOpenFirstTag: false,
    localization: {
      locale: "en",
      translations: { apiClient: { authSelector: { selectedType: "{type}" } } },
    },
  });
}

await show();
