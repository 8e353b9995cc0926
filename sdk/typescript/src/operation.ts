/** One operation of the contract, as far as making its request needs it. */
export interface Operation {
  readonly method: string;
  /** The path with its parameters in braces. */
  readonly path: string;
  /** The names of the query parameters. */
  readonly query?: readonly string[];
  /** The headers that are parameters, by the names that callers use. */
  readonly header?: Readonly<Record<string, string>>;
  /** The media type of the body. */
  readonly body?: string;
  /** Whether it takes an `Idempotency-Key`. */
  readonly key?: true;
  /** The HTTP schemes of which one is wanted; absent where anybody may call. */
  readonly auth?: readonly string[];
  /** The media types of a success that is no stream of events. */
  readonly accept?: readonly string[];
  /** The media types of an answer that is a file. */
  readonly file?: readonly string[];
  /** Whether it can be a value too, where it can be a file. */
  readonly value?: true;
  readonly list?: List;
  readonly events?: Events;
}

/** How the pages of a list follow each other. Places are JSON Pointers into a page. */
export interface List {
  readonly by: string;
  readonly items: string;
  readonly next?: string;
  /** How many items a page has where the caller does not say. */
  readonly limit?: number;
  readonly total?: string;
  /** What tells the items of a list apart whose pages may move while they are read. */
  readonly key?: string;
  /** Whether `skip` counts from the newest item. */
  readonly fromEnd?: true;
}

/** What a stream of events holds, and how it goes on after it was cut. */
export interface Events {
  readonly last: string;
  readonly types: readonly string[];
  readonly resume?: Resumption;
}

/** The operation that goes on with a stream, and where its arguments are found. */
export interface Resumption {
  readonly operation: string;
  /** The argument that says after which event. */
  readonly after: string;
  /** The first step is `input`, `body` or `header` (of the answer); the others lead on. */
  readonly arguments: Readonly<Record<string, readonly string[]>>;
}

/** What a caller gives: parameters by name, and `body`. */
export type Input = Readonly<Record<string, unknown>>;

/** The value at a JSON Pointer (RFC 6901); `undefined` where there is none. */
export function valueAt(value: unknown, pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return walk(value, steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")));
}

/** The value that keys lead to; `undefined` where they lead nowhere. */
export function walk(value: unknown, keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
