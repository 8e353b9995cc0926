// The contract as this server has it, with the samples beside its operations.

import { mend } from "./mending.js";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** What lies beside this module. */
const beside = (name) => new URL(name, import.meta.url);

const answered = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
};

function* operationsOf({ paths }) {
  for (const item of Object.values(paths)) {
    for (const method of METHODS) if (item[method]) yield item[method];
  }
}

function* parametersOf({ paths, components }) {
  yield* Object.values(components.parameters);
  for (const item of Object.values(paths)) yield* item.parameters ?? [];
  for (const { parameters = [] } of operationsOf({ paths })) yield* parameters;
}

/** `agent_sessions` as people read it. */
const titleOf = (name) => name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");

/** Examples of events as they come in a stream, which is how Scalar wants them. */
const asEvents = (examples) =>
  Object.fromEntries(
    Object.entries(examples).map(([name, { value, ...rest }], index) => [
      name,
      { ...rest, value: { id: String(index + 1), data: value } },
    ]),
  );

const [contract, samples, introduction] = await Promise.all([
  answered("/openapi.json").then((response) => response.json()),
  answered(beside("samples.json")).then((response) => response.json()),
  answered(beside("introduction.md")).then((response) => response.text()),
]).catch((error) => {
  document.querySelector("#state").textContent =
    "The contract could not be read. Is the server still there? Load this page again.";
  throw error;
});

for (const operation of operationsOf(contract)) {
  operation["x-codeSamples"] = samples["x-codeSamples"][operation.operationId];
  for (const response of Object.values(operation.responses)) {
    const stream = response.content?.["text/event-stream"];
    if (stream?.examples) stream.examples = asEvents(stream.examples);
  }
}
// An optional header asks for something else than the usual answer: what is tried leaves it out.
for (const parameter of parametersOf(contract)) {
  if (parameter.in === "header" && !parameter.required) delete parameter.example;
}
for (const tag of contract.tags) tag["x-displayName"] = titleOf(tag.name);
const here = introduction.replaceAll("http://127.0.0.1:8000", location.origin);
contract.info.description = `${contract.info.description}\n${here}`;

mend(document.body);
document.querySelector("#reference").replaceChildren();
globalThis.Scalar.createApiReference("#reference", {
  content: contract,
  // Nothing is asked of other servers.
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: "never",
  hideClientButton: true,
  // Where the contract is, as it is, without what was added here.
  documentDownloadType: "none",
  // The samples of the contract, and no others.
  hiddenClients: true,
  theme: "default",
  showOperationId: true,
  operationTitleSource: "summary",
  localization: { locale: "en", translations: { apiClient: { authSelector: { selectedType: "{type}" } } } },
  defaultOpenFirstTag: false,
});
