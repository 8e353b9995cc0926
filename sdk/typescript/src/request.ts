import { Connection, pause } from "./connection.ts";
import { ApiError, ConnectionError, errorOf, PalaverError, ResponseError } from "./errors.ts";
import type { Input, Operation } from "./operation.ts";
import { credential, natural } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { blobOf, counted, encoded, formOf, forward, randomKey, send } from "./uploads.ts";
import type { Progress } from "./uploads.ts";

/** What may be said of one call. */
export interface CallOptions {
  /** Ends the call; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** In place of the client's. */
  readonly timeout?: number;
  /** In place of the client's. */
  readonly maxRetries?: number;
  /** Where the answer can have one of several media types: which one is wanted. */
  readonly accept?: string;
  /** In addition to the client's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The `Idempotency-Key`, where the operation has one; made up if absent. */
  readonly idempotencyKey?: string;
  /** Hears how far an upload is. */
  readonly onUploadProgress?: (progress: Progress) => void;
}

/** A request of an operation: the same at each try. */
export interface Request {
  readonly settings: Settings;
  readonly operation: Operation;
  readonly input: Input;
  readonly options: CallOptions;
  readonly accept: string;
}

const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]);
/** A gateway that does not know what became of the request. */
const UNKNOWN = new Set([408, 502, 503, 504]);
const LONGEST_WAIT = 60_000;
const MOST_DOUBLINGS = 4;

/**
 * Make a request, and again where that is safe and may help, and read its answer with `read`.
 * Throws an `ApiError` for a status that is no success, a `ConnectionError` where there is no whole
 * answer, and whatever `read` throws.
 */
export async function perform<T>(
  request: Request,
  read: (response: Response, connection: Connection) => Promise<T>,
): Promise<T> {
  const { settings, operation, options } = request;
  const key = operation.key ? (options.idempotencyKey ?? randomKey()) : undefined;
  const onProgress = options.onUploadProgress && forward(options.onUploadProgress);
  // One body for all tries, so that they are one request to whoever compares them.
  const body = bodyOf(operation, request.input["body"]);
  const repeatable = isRepeatable(request);
  const url = urlOf(request);
  const most = natural("maxRetries", options.maxRetries ?? settings.maxRetries);
  const timeout = natural("timeout", options.timeout ?? settings.timeout);
  for (let retries = 0; ; retries += 1) {
    const connection = new Connection(timeout, options.signal);
    try {
      const response = await exchange(request, url, key, body, connection, onProgress);
      if (response.ok || response.status === 304) return await read(response, connection);
      // All that browsers tell of it.
      if (response.type === "opaqueredirect") throw new ResponseError("The server redirects.", response);
      throw errorOf(response, await connection.text(response));
    } catch (error) {
      connection.drop();
      const wait = waitAfter(error, repeatable, retries, settings);
      if (retries >= most || wait === undefined) throw error;
      await pause(wait, options.signal);
    }
  }
}

/** Whether making a request again does no harm where nobody knows what became of it. */
export function isRepeatable({ operation, input }: Request): boolean {
  if (operation.key) return true;
  // Once it had its effect, the state that it names is no more: a repetition would be refused, and
  // look like somebody else's change.
  const named = Object.entries(operation.header ?? {}).find(([, name]) => name === "If-Match");
  if (named !== undefined && input[named[0]] !== undefined) return false;
  return IDEMPOTENT.has(operation.method);
}

/** How long to wait before a try after so many failed ones: longer each time, never quite equal. */
export function backoff(settings: Settings, retries: number): number {
  const wait = settings.retryDelay * 2 ** Math.min(retries, MOST_DOUBLINGS);
  return wait * (1 - Math.random() / 4);
}

/** Milliseconds until the next try; `undefined` where there should be none. */
function waitAfter(
  error: unknown,
  repeatable: boolean,
  retries: number,
  settings: Settings,
): number | undefined {
  if (error instanceof ConnectionError) return repeatable ? backoff(settings, retries) : undefined;
  if (!(error instanceof ApiError)) return undefined;
  // With these the server says that it has done nothing. A gateway says 503 too when the connection
  // to the server broke, while the request may have been at work.
  const refused = error.status === 429 || (error.status === 503 && error.documented);
  // What else the server itself says of its failure is final; a gateway does not know.
  const lost = UNKNOWN.has(error.status) && !error.documented;
  if (!refused && !(lost && repeatable)) return undefined;
  const wait = error.retryAfter ?? backoff(settings, retries);
  return wait <= LONGEST_WAIT ? wait : undefined;
}

async function exchange(
  request: Request,
  url: string,
  key: string | undefined,
  body: string | FormData | Blob | undefined,
  connection: Connection,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<Response> {
  const { settings, operation } = request;
  const headers = await headersOf(request, key);
  const init: RequestInit & { headers: Headers; duplex?: "half" } = {
    method: operation.method,
    headers,
    signal: connection.signal,
    // A POST that is redirected becomes a GET, which is another operation.
    redirect: "manual",
  };
  if (settings.credentials !== undefined) init.credentials = settings.credentials;
  if (body !== undefined) init.body = body;
  if (typeof body === "string") headers.set("Content-Type", operation.body ?? "");
  if (body instanceof Blob) headers.set("Content-Type", body.type || (operation.body ?? ""));
  // Called as a plain function: browsers refuse a `fetch` that is somebody's method.
  let reach = settings.fetch ?? ((...given: Parameters<typeof fetch>) => fetch(...given));
  if (body instanceof FormData || body instanceof Blob) {
    // Bytes that leave are a sign of life too.
    const tell = (progress: Progress): void => {
      connection.touch();
      onProgress?.(progress);
    };
    if (body instanceof Blob && !isBrowser()) {
      headers.set("Content-Length", String(body.size));
      init.body = counted(body, tell, connection.signal);
      init.duplex = "half";
      // Without these, Node keeps all that was sent, to send it to another place too.
      init.redirect = "error";
      init.window = null;
    } else if (settings.fetch === undefined) {
      reach = () => send(url, init, tell);
    } else {
      // Nobody tells how far it is, so how long it takes says nothing.
      connection.rest();
    }
  }
  try {
    const response = await reach(url, init);
    connection.rest();
    return response;
  } catch (error) {
    if (isRedirect(error)) throw new PalaverError("The server redirects the upload.");
    throw connection.failure(error);
  }
}

async function headersOf(request: Request, key: string | undefined): Promise<Headers> {
  const { settings, operation, input, options } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(settings.headers)) set(headers, name, value);
  set(headers, "Accept", request.accept);
  for (const scheme of operation.auth ?? []) {
    if (scheme === "bearer" && settings.token !== undefined) {
      const { token } = settings;
      const given = typeof token === "string" ? token : credential(await token());
      set(headers, "Authorization", `Bearer ${given}`);
      break;
    }
    if (scheme === "basic" && settings.basic !== undefined) {
      set(headers, "Authorization", `Basic ${settings.basic}`);
      break;
    }
  }
  if (key !== undefined) set(headers, "Idempotency-Key", key);
  for (const [argument, name] of Object.entries(operation.header ?? {})) {
    const value = input[argument];
    if (value !== undefined && value !== null) set(headers, name, String(value));
  }
  for (const [name, value] of Object.entries(options.headers ?? {})) set(headers, name, value);
  return headers;
}

/** Whether Node refused to follow a redirect: trying again would end in the same way. */
function isRedirect(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return cause instanceof Error && cause.message === "unexpected redirect";
}

/** Throws `PalaverError` for what no header can hold, without telling what it is. */
function set(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    // What is caught names the value, which may be a secret.
    const said = `The header ${JSON.stringify(name)} cannot be sent`;
    throw new PalaverError(`${said}: there are characters in it that no header may have.`);
  }
}

function bodyOf(operation: Operation, body: unknown): string | FormData | Blob | undefined {
  if (operation.body === undefined || body === undefined) return undefined;
  if (operation.body === "multipart/form-data") {
    const form = formOf(body);
    return isBrowser() ? form : encoded(form);
  }
  if (/^application\/(.+\+)?json$/.test(operation.body)) return JSON.stringify(body);
  return blobOf(body);
}

/** Whether it has to be a browser's own means that send a file and tell how far it is. */
function isBrowser(): boolean {
  return typeof XMLHttpRequest === "function";
}

/** The address; throws `PalaverError` for an argument that would lead to another path. */
function urlOf({ settings, operation, input }: Request): string {
  const path = operation.path.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = String(input[name] ?? "");
    // URLs take a segment of dots, written in any way, for a step in the path.
    if (value === "" || value === "." || value === "..") {
      throw new PalaverError(`${name} cannot be ${JSON.stringify(input[name])}.`);
    }
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const name of operation.query ?? []) {
    const value = input[name];
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) query.append(name, String(each));
    }
  }
  const search = query.toString();
  return settings.baseUrl + path + (search && `?${search}`);
}
