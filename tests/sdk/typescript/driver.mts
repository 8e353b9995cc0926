/**
 * Does the steps of `tests/sdk/cases.yaml` with the TypeScript client: one JSON object a line comes
 * in, one goes out. The module of the client is the argument.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
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
  readonly mode: "call" | "answer" | "items" | "events" | "file";
  readonly parameters: Record<string, unknown>;
  readonly body?: unknown;
  readonly accept?: string;
  readonly stop_after?: number;
  /** Whether nobody listens to the progress of uploads. */
  readonly quiet?: boolean;
}

interface Outcome {
  result?: unknown;
  error?: Record<string, unknown>;
  progress?: { loaded: number; total: number }[];
  /** The files that a download should not have left or changed. */
  left: string[];
}

/** A caller's view of the client: a method for each operation. */
type Methods = Record<string, (input: unknown, options: unknown) => unknown>;

function clientOf({ url, client }: Step): Methods {
  const { token, username, password, timeout, max_retries } = client;
  const made = new sdk.Palaver({
    baseUrl: url,
    ...(token === undefined ? {} : { token }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
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
  const file = (body as { $file?: NamedContent }).$file;
  if (file !== undefined) {
    const decoded = file.base64 === undefined ? undefined : Buffer.from(file.base64, "base64");
    const data = file.text ?? decoded ?? new Uint8Array(file.bytes ?? 0);
    return new File([data], file.name, file.type === undefined ? {} : { type: file.type });
  }
  return Object.fromEntries(Object.entries(body).map(([name, each]) => [name, withFiles(each)]));
}

interface NamedContent {
  readonly name: string;
  readonly type?: string;
  readonly text?: string;
  readonly base64?: string;
  readonly bytes?: number;
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
    ...(step.accept === undefined ? {} : { accept: step.accept }),
    ...(step.quiet !== true && JSON.stringify(step.body ?? null).includes("$file")
      ? { onUploadProgress: (each: { loaded: number; total: number }) => progress.push(each) }
      : {}),
  };
  const left: string[] = [];
  try {
    const called = method.call(client, inputOf(step), options);
    return { result: await resultOf(step, called, left), progress, left };
  } catch (error) {
    return { error: told(error), progress, left };
  }
}

async function resultOf(step: Step, called: unknown, left: string[]): Promise<unknown> {
  switch (step.mode) {
    case "call": {
      const value = await called;
      // A document that has only a text for an answer comes as a file.
      return value instanceof sdk.Download ? value.text() : (value ?? null);
    }
    case "answer": {
      const { data, status, headers, requestId } = await (called as Client.Call<unknown>).withResponse();
      return { data: data ?? null, status, etag: headers.get("ETag"), request_id: requestId };
    }
    case "items":
      return taken(called as AsyncIterable<unknown>, step.stop_after);
    case "events":
      return taken((await called) as AsyncIterable<unknown>, step.stop_after);
    case "file":
      return saved((await called) as Client.Download, left);
  }
}

/** What a download is; `left` gets what it left or changed beside it. */
async function saved(download: Client.Download, left: string[]): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "driver-"));
  const path = join(folder, "file");
  await writeFile(path, "as before");
  try {
    let loaded = 0;
    await disk.saveTo(download, path, (progress) => (loaded = progress.loaded));
    const bytes = await readFile(path);
    const { name, type, size } = download;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const begins = bytes.subarray(0, 4).toString("latin1");
    return { bytes: bytes.length, sha256, begins, name, type, size, loaded };
  } catch (error) {
    if ((await readFile(path, "latin1")) !== "as before") left.push("file");
    throw error;
  } finally {
    left.push(...(await readdir(folder)).filter((name) => name !== "file"));
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
      body: error.body,
    };
  }
  if (!(error instanceof sdk.PalaverError)) throw error;
  const kinds = { ConnectionTimeoutError: "timeout", ConnectionError: "connection", ResponseError: "response" };
  const kind = (kinds as Record<string, string>)[error.name];
  return { kind, class: error.name, words: error.message };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await done(JSON.parse(line) as Step)));
}
