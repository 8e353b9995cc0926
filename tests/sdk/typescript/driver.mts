/**
 * Does the steps of `tests/sdk/cases.yaml` with the TypeScript client: one JSON object a line comes
 * in, one goes out. The module of the client is the argument.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type * as Client from "../../../sdk/typescript/src/index.ts";
import type * as Node from "../../../sdk/typescript/src/node.ts";

const folder = process.argv[2] ?? "";
const extension = process.argv[3] ?? "ts";
const sdk = (await import(join(folder, `index.${extension}`))) as typeof Client;
const disk = (await import(join(folder, `node.${extension}`))) as typeof Node;

interface Step {
  readonly url: string;
  readonly client: { token?: string; username?: string; password?: string; timeout?: number; max_retries?: number };
  readonly operation: string;
  readonly mode: "call" | "items" | "events" | "file";
  readonly parameters: Record<string, unknown>;
  readonly body?: unknown;
  readonly stop_after?: number;
  /** Whether nobody listens to the progress of uploads. */
  readonly quiet?: boolean;
}

interface Outcome {
  result?: unknown;
  error?: Record<string, unknown>;
  progress?: { loaded: number; total: number }[];
}

/** A caller's view of the client: a method for each operation. */
type Methods = Record<string, (input: unknown, options: unknown) => unknown>;

function clientOf({ url, client }: Step): Methods {
  const { token, username, password, timeout, max_retries } = client;
  const made = new sdk.Palaver({
    baseUrl: url,
    ...(token === undefined ? {} : { token }),
    ...(username === undefined || password === undefined ? {} : { username, password }),
    ...(timeout === undefined ? {} : { timeout: timeout * 1000 }),
    ...(max_retries === undefined ? {} : { maxRetries: max_retries }),
  });
  return made as unknown as Methods;
}

function methodOf(operation: string): string {
  return operation.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function inputOf({ parameters, body }: Step): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (name !== "Idempotency-Key") input[spelt(name)] = value;
  }
  if (body !== undefined) input["body"] = withFiles(body);
  return input;
}

/** Headers of the contract have the spelling of arguments here. */
function spelt(name: string): string {
  return name.includes("-") ? name.replaceAll("-", "_").toLowerCase() : name;
}

function withFiles(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withFiles);
  if (typeof body !== "object" || body === null) return body;
  if ("$bytes" in body) return new TextEncoder().encode(String(body.$bytes));
  const file = (body as { $file?: { name: string; type?: string; text?: string; bytes?: number } }).$file;
  if (file !== undefined) {
    const data = file.text ?? new Uint8Array(file.bytes ?? 0);
    return new File([data], file.name, file.type === undefined ? {} : { type: file.type });
  }
  return Object.fromEntries(Object.entries(body).map(([name, each]) => [name, withFiles(each)]));
}

async function done(step: Step): Promise<Outcome> {
  const client = clientOf(step);
  const method = client[methodOf(step.operation)];
  if (method === undefined) throw new Error(`there is no method for ${step.operation}`);
  const progress: { loaded: number; total: number }[] = [];
  const key = step.parameters["Idempotency-Key"];
  const options = {
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(step.mode === "events" ? { stream: true } : {}),
    ...(step.quiet !== true && JSON.stringify(step.body ?? null).includes("$file")
      ? { onUploadProgress: (each: { loaded: number; total: number }) => progress.push(each) }
      : {}),
  };
  try {
    const called = method.call(client, inputOf(step), options);
    return { result: await resultOf(step, called), progress };
  } catch (error) {
    return { error: told(error), progress };
  }
}

async function resultOf(step: Step, called: unknown): Promise<unknown> {
  switch (step.mode) {
    case "call":
      return (await called) ?? null;
    case "items":
      return taken(called as AsyncIterable<unknown>, step.stop_after);
    case "events":
      return taken((await called) as AsyncIterable<unknown>, step.stop_after);
    case "file":
      return saved((await called) as Client.Download);
  }
}

/** What a download is, and what it left in its folder beside the file. */
async function saved(download: Client.Download): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "driver-"));
  try {
    let loaded = 0;
    await disk.saveTo(download, join(folder, "file"), (progress) => (loaded = progress.loaded));
    const bytes = await readFile(join(folder, "file"));
    const left = (await readdir(folder)).filter((name) => name !== "file");
    const { name, type, size } = download;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { bytes: bytes.length, sha256, name, type, size, loaded, left };
  } catch (error) {
    throw Object.assign(error as object, { left: await readdir(folder) });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function taken(source: AsyncIterable<unknown>, most = Infinity): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const each of source) {
    found.push(each);
    if (found.length >= most) break;
  }
  return found;
}

function told(error: unknown): Record<string, unknown> {
  if (error instanceof sdk.ApiError) {
    return {
      status: error.status,
      of_status: error instanceof (sdk.errorClasses[error.status] ?? sdk.ApiError),
      class: error.name,
      code: error.code,
      words: error.message,
      request_id: error.requestId,
      pointer: error.errors[0]?.pointer,
    };
  }
  if (!(error instanceof sdk.PalaverError)) throw error;
  const { left } = error as { left?: string[] };
  const kinds = { ConnectionTimeoutError: "timeout", ConnectionError: "connection", ResponseError: "response" };
  const kind = (kinds as Record<string, string>)[error.name];
  return { kind, class: error.name, words: error.message, left };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await done(JSON.parse(line) as Step)));
}
