import type { Connection } from "./connection.ts";
import { PalaverError, requestIdOf, ResponseError } from "./errors.ts";
import { Download } from "./download.ts";
import { operations } from "./generated/operations.ts";
import type { Input, List, Operation } from "./operation.ts";
import { valueAt, walk } from "./operation.ts";
import { backoff, isRepeatable, perform } from "./request.ts";
import type { CallOptions as RequestOptions, Request } from "./request.ts";
import type { Settings } from "./settings.ts";
import { EventStream } from "./stream.ts";
import type { Source } from "./connection.ts";

/** What may be said of one call. */
export interface CallOptions extends RequestOptions {
  /** Where the answer can be events or a value: whether it is events. Default: false. */
  readonly stream?: boolean;
  /** In place of the client's. */
  readonly maxReconnects?: number;
}

/** An answer with what came around it. */
export interface Answer<T> {
  readonly data: T;
  readonly status: number;
  readonly headers: Headers;
  readonly requestId: string | undefined;
}

/** A call under way: a promise of its value, and on request of the whole answer. */
export class Call<T> implements Promise<T> {
  readonly #answer: Promise<Answer<T>>;

  constructor(answer: Promise<Answer<T>>) {
    this.#answer = answer;
  }

  get [Symbol.toStringTag](): string {
    return "Call";
  }

  /** The value with status and headers. */
  withResponse(): Promise<Answer<T>> {
    return this.#answer;
  }

  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#answer.then(({ data }) => data).then(onValue, onError);
  }

  catch<B = never>(onError?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(null, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.then().finally(onEnd);
  }
}

/** A call of a list: a promise of the first page, and an iterator over the items of all pages. */
export class PagedCall<P, I> extends Call<P> implements AsyncIterable<I> {
  readonly #list: List;
  readonly #input: Input;
  readonly #open: (input: Input) => Promise<P>;

  constructor(
    first: Promise<Answer<P>>,
    list: List,
    input: Input,
    open: (input: Input) => Promise<P>,
  ) {
    super(first);
    this.#list = list;
    this.#input = input;
    this.#open = open;
  }

  /** Every page; the next one is asked for when it is wanted. */
  async *pages(): AsyncGenerator<P, void, void> {
    let input = this.#input;
    let page: P = await this;
    while (true) {
      yield page;
      const next = following(this.#list, input, page);
      if (next === undefined) return;
      input = next;
      page = await this.#open(input);
    }
  }

  /**
   * Every item of every page, the newest first where pages count from the newest. What moved over
   * from the page before, because something new came meanwhile, is left out.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<I, void, void> {
    const { key, fromEnd } = this.#list;
    let last = new Set<unknown>();
    for await (const page of this.pages()) {
      const items = itemsOf(this.#list, page) as I[];
      const keys = items.map((item, index) => (key === undefined ? index : walk(item, [key])));
      const known = last;
      const fresh = key === undefined ? items : items.filter((_, index) => !known.has(keys[index]));
      last = new Set(keys);
      yield* fromEnd ? [...fresh].reverse() : fresh;
    }
  }
}

/** Begin the call of an operation. */
export function begin(
  settings: Settings,
  operation: Operation,
  input: Input = {},
  options: CallOptions = {},
): Call<unknown> {
  const { list, events } = operation;
  if (events !== undefined && (options.stream === true || operation.accept === undefined)) {
    return new Call(streamed(settings, operation, input, options));
  }
  const open = (given: Input): Promise<Answer<unknown>> => value(settings, operation, given, options);
  if (list === undefined) return new Call(open(input));
  return new PagedCall(open(input), list, input, async (next) => (await open(next)).data);
}

function value(
  settings: Settings,
  operation: Operation,
  input: Input,
  options: CallOptions,
): Promise<Answer<unknown>> {
  const accept = options.accept ?? operation.accept?.join(", ") ?? "*/*";
  const request = { settings, operation, input, options, accept };
  return perform(request, async (response, connection) =>
    answered(response, await read(request, response, connection)),
  );
}

async function read(
  request: Request,
  response: Response,
  connection: Connection,
): Promise<unknown> {
  const { operation } = request;
  if (response.status === 204 || response.status === 304 || operation.accept === undefined) {
    await connection.text(response);
    return undefined;
  }
  const type = response.headers.get("Content-Type") ?? "";
  const isJson = /^application\/([^;]+\+)?json\b/i.test(type);
  if (operation.file && !isJson) return downloaded(request, { response, connection });
  const text = await connection.text(response);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ResponseError("The answer is not JSON.", response, { cause });
  }
}

function downloaded(request: Request, source: Source): Download {
  const { settings, options } = request;
  if (!isRepeatable(request)) return new Download(source);
  return new Download(source, {
    reopen: () => perform(request, async (response, connection) => ({ response, connection })),
    patience: options.maxRetries ?? settings.maxRetries,
    wait: (retries) => backoff(settings, retries),
    signal: options.signal,
  });
}

async function streamed(
  settings: Settings,
  operation: Operation,
  input: Input,
  options: CallOptions,
): Promise<Answer<EventStream<{ type: string }>>> {
  const known = operation.events;
  if (known === undefined) throw new PalaverError("The operation has no events.");
  const first = await opened(settings, operation, input, options);
  const { resume } = known;
  const target = resume && operations[resume.operation];
  let stream: EventStream<{ type: string }>;
  if (resume === undefined || target === undefined) {
    stream = new EventStream(first, known, 0);
  } else {
    const places = Object.entries(resume.arguments);
    const given = places.map(([name, place]) => [name, placed(place, input, first.response)]);
    const same = Object.fromEntries(given) as Input;
    const patience = options.maxReconnects ?? settings.maxReconnects;
    stream = new EventStream(first, known, Number(input[resume.after] ?? 0), {
      // Whoever has begun to read waits longer than whoever has not.
      reopen: (after, signal) => {
        const { idempotencyKey: _, ...others } = options;
        const patient = { ...others, signal, maxRetries: patience };
        return opened(settings, target, { ...same, [resume.after]: after }, patient);
      },
      patience,
      wait: (fruitless) => backoff(settings, fruitless),
      signal: options.signal,
    });
  }
  return answered(first.response, stream);
}

function opened(
  settings: Settings,
  operation: Operation,
  input: Input,
  options: CallOptions,
): Promise<Source> {
  const request = { settings, operation, input, options, accept: "text/event-stream" };
  return perform(request, async (response, connection) => {
    const type = response.headers.get("Content-Type") ?? "";
    if (response.status !== 204 && !/^text\/event-stream\b/i.test(type)) {
      throw new ResponseError(`The answer is no stream of events, but ${type}.`, response);
    }
    return { response, connection };
  });
}

function placed(place: readonly string[], input: Input, response: Response): unknown {
  const [source = "", ...keys] = place;
  if (source === "header") return response.headers.get(keys[0] ?? "");
  return walk(input, source === "body" ? ["body", ...keys] : keys);
}

function answered<T>(response: Response, data: T): Answer<T> {
  const { status, headers } = response;
  return { data, status, headers, requestId: requestIdOf(response) };
}

/** What asks for the page after this one; `undefined` after the last. */
function following(list: List, input: Input, page: unknown): Input | undefined {
  if (list.by === "cursor") {
    const cursor = valueAt(page, list.next ?? "");
    return cursor === null || cursor === undefined ? undefined : { ...input, cursor };
  }
  const count = itemsOf(list, page).length;
  const skip = Number(input["skip"] ?? 0) + count;
  const total = list.total === undefined ? undefined : valueAt(page, list.total);
  const limit = Number(input["limit"] ?? list.limit ?? 1);
  const more = typeof total === "number" ? skip < total : count >= limit;
  return count > 0 && more ? { ...input, skip } : undefined;
}

function itemsOf(list: List, page: unknown): unknown[] {
  const items = valueAt(page, list.items);
  return Array.isArray(items) ? items : [];
}
