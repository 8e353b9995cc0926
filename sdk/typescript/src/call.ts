import type { Connection } from "./connection.ts";
import { PalaverError, requestIdOf, ResponseError } from "./errors.ts";
import { Download } from "./download.ts";
import { operations } from "./generated/operations.ts";
import type { Input, List, Operation } from "./operation.ts";
import { valueAt, walk } from "./operation.ts";
import { backoff, isRepeatable, perform } from "./request.ts";
import type { CallOptions as RequestOptions, Request } from "./request.ts";
import { natural } from "./settings.ts";
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
   * Every item of every page once, the newest first where pages count from the newest. Where something
   * new comes meanwhile, items move to other pages: one that comes again is left out, and so is what
   * is newer than the first of a list that begins with its newest.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<I, void, void> {
    const { key, fromEnd, total } = this.#list;
    const given = new Set<unknown>();
    const skipped = Number(this.#input["skip"] ?? 0);
    let place = skipped;
    let before: number | undefined;
    for await (const page of this.pages()) {
      let items = itemsOf(this.#list, page) as I[];
      const count = items.length;
      if (fromEnd) {
        const now = total === undefined ? 0 : Number(valueAt(page, total));
        // By so much have all places moved that the caller knows of.
        const moved = now - (before ??= now);
        items = [...items].reverse().slice(Math.max(0, skipped + moved - place));
      }
      place += count;
      for (const item of items) {
        const known = key === undefined ? undefined : walk(item, [key]);
        if (known !== undefined && given.has(known)) continue;
        given.add(known);
        yield item;
      }
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
  if (isFile(operation, response)) return downloaded(request, { response, connection });
  const text = await connection.text(response);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ResponseError("The answer is not JSON.", response, { cause });
  }
}

/** Whether an answer is a file; throws `ResponseError` for what the operation does not answer with. */
function isFile({ file, value }: Operation, response: Response): boolean {
  if (file === undefined) return false;
  const type = typeOf(response);
  if (file.includes(type)) return true;
  if (value && /^application\/(.+\+)?json$/.test(type)) return false;
  throw new ResponseError(`The answer is no ${file.join(" or ")}, but ${type || "of no type"}.`, response);
}

function typeOf(response: Response): string {
  const [type = ""] = (response.headers.get("Content-Type") ?? "").split(";");
  return type.trim().toLowerCase();
}

function downloaded(request: Request, source: Source): Download {
  const { settings, operation, options } = request;
  if (!isRepeatable(request)) return new Download(source);
  return new Download(source, {
    reopen: () =>
      perform(request, async (response, connection) => {
        if (isFile(operation, response)) return { response, connection };
        throw new ResponseError("The answer is no file any more.", response);
      }),
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
  const patience = natural("maxReconnects", options.maxReconnects ?? settings.maxReconnects);
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
    const type = typeOf(response);
    if (response.status !== 204 && type !== "text/event-stream") {
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
