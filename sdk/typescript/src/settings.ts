import { PalaverError } from "./errors.ts";

/** A token, or what gives one; it is asked for each request anew. */
export type Token = string | (() => string | Promise<string>);

/** What browsers call `RequestCredentials`; where there is no browser, that type is missing. */
type Credentials = "omit" | "same-origin" | "include";

/** How a client reaches its server. */
export interface PalaverOptions {
  /** Where the server is. In a browser, the page's own server if absent. */
  readonly baseUrl?: string | URL;
  /** For operations that want a bearer token. */
  readonly token?: Token;
  /** For operations that want HTTP Basic; `palaver` if absent. */
  readonly username?: string;
  readonly password?: string;
  /** Milliseconds without a byte until a request is given up; 0 for none. Default: 60,000. */
  readonly timeout?: number;
  /** How often a request is tried again. Default: 2. */
  readonly maxRetries?: number;
  /** How often in a row a stream is taken up again without getting any further. Default: 8. */
  readonly maxReconnects?: number;
  /** Milliseconds before the first retry; each further one waits twice as long. Default: 500. */
  readonly retryDelay?: number;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a browser sends its cookies: `same-origin`, `include` or `omit`. */
  readonly credentials?: Credentials;
  /** What makes the requests, in place of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** The same, complete and checked. */
export interface Settings {
  readonly baseUrl: string;
  readonly token: Token | undefined;
  readonly basic: string | undefined;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly maxReconnects: number;
  readonly retryDelay: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials | undefined;
  /** The caller's own, if there is one. */
  readonly fetch: typeof fetch | undefined;
}

/** Throws `PalaverError` for options that cannot work. */
export function settingsOf(options: PalaverOptions): Settings {
  const { username, password, token } = options;
  for (const [name, given] of Object.entries({ username, password })) {
    if (given !== undefined && typeof given !== "string") throw new PalaverError(`The ${name} is no text.`);
  }
  if (username !== undefined && password === undefined) {
    throw new PalaverError("A username wants a password.");
  }
  if (username?.includes(":")) throw new PalaverError("A username must not contain a colon.");
  return {
    baseUrl: baseOf(options.baseUrl),
    token: token === undefined || typeof token === "function" ? token : credential(token),
    basic: password === undefined ? undefined : base64(`${username ?? "palaver"}:${password}`),
    timeout: natural("timeout", options.timeout ?? 60_000),
    maxRetries: natural("maxRetries", options.maxRetries ?? 2),
    maxReconnects: natural("maxReconnects", options.maxReconnects ?? 8),
    retryDelay: natural("retryDelay", options.retryDelay ?? 500),
    headers: { ...options.headers },
    credentials: options.credentials,
    fetch: options.fetch,
  };
}

/**
 * A token without the white space around it, such as the line break of the file that it was read from.
 * Throws `PalaverError` for what is no token (RFC 6750, 2.1), without telling what it is.
 */
export function credential(token: unknown): string {
  if (typeof token !== "string") throw new PalaverError("The token is neither a text nor what gives one.");
  const bare = token.trim();
  if (!/^[\x21-\x7e]+$/.test(bare)) {
    throw new PalaverError("The token is empty, or has white space or other characters that none has.");
  }
  return bare;
}

/** Throws `PalaverError` unless a value is a number of 0 or more. */
export function natural(name: string, value: number): number {
  if (typeof value !== "number" || !(value >= 0)) throw new PalaverError(`${name} must be 0 or more, not ${value}.`);
  return value;
}

function baseOf(given: string | URL | undefined): string {
  const base = given ?? (globalThis as { location?: { origin?: string } }).location?.origin;
  if (base === undefined) throw new PalaverError("Give the baseUrl of the server.");
  let url: URL;
  try {
    url = new URL(base);
  } catch (cause) {
    throw new PalaverError(`The baseUrl is no URL: ${base}`, { cause });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new PalaverError(`The baseUrl must begin with http:// or https://: ${base}`);
  }
  if (url.username || url.password) {
    throw new PalaverError("Give the credentials as username and password, not in the baseUrl.");
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
