import { pause } from "./connection.ts";
import type { Continuation, Source } from "./connection.ts";
import { ConnectionError, requestIdOf, ResponseError } from "./errors.ts";
import { messagesOf } from "./messages.ts";
import type { Events } from "./operation.ts";

/** How a stream goes on after an event; the signal ends the waiting. */
type Resumption = Continuation<[after: number, signal: AbortSignal]>;

/**
 * The events of a stream, each exactly once, to be read once. Where the connection breaks, the
 * stream goes on after the last event that came; types that this version does not know are left out.
 */
export class EventStream<E extends { readonly type: string }> implements AsyncIterable<E> {
  /** The first answer's headers; among them may be `X-Run-Id`. */
  readonly headers: Headers;
  readonly requestId: string | undefined;
  readonly #known: Events;
  readonly #continuation: Resumption | undefined;
  /** Ends what is waited for between two connections. */
  readonly #stop = new AbortController();
  #source: Source;
  #last: number;
  #closed = false;
  #read = false;

  constructor(source: Source, known: Events, after: number, continuation?: Resumption) {
    this.headers = source.response.headers;
    this.requestId = requestIdOf(source.response);
    this.#source = source;
    this.#known = known;
    this.#last = after;
    this.#continuation = continuation;
  }

  /** The run that the events are of, where the answer began one. */
  get runId(): string | undefined {
    return this.headers.get("X-Run-Id") ?? undefined;
  }

  /** The id of the last event that came: what another stream would go on after. */
  get lastEventId(): number {
    return this.#last;
  }

  /** Read no further. The run goes on; to end it is an operation of its own. */
  close(): void {
    this.#closed = true;
    this.#stop.abort();
    this.#source.connection.drop();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<E, void, void> {
    if (this.#read) throw new TypeError("A stream of events can be read only once.");
    this.#read = true;
    const caller = this.#continuation?.signal;
    const forward = (): void => this.#stop.abort(caller?.reason);
    caller?.addEventListener("abort", forward, { once: true });
    try {
      yield* this.#followed();
    } catch (error) {
      if (!this.#closed) throw error;
    } finally {
      caller?.removeEventListener("abort", forward);
      this.#source.connection.drop();
    }
  }

  /** The events of one connection after the other. */
  async *#followed(): AsyncGenerator<E, void, void> {
    let fruitless = 0;
    while (!this.#closed) {
      const before = this.#last;
      try {
        for await (const event of this.#events()) {
          if (this.#known.types.includes(event.type)) yield event;
          // Whoever reads may have closed it meanwhile.
          if (this.#closed || event.type === this.#known.last) return;
        }
        if (this.#source.response.status === 204) return;
        throw new ConnectionError("The stream ended before its last event.");
      } catch (error) {
        const again = this.#continuation;
        if (this.#closed || !(error instanceof ConnectionError) || again === undefined) throw error;
        fruitless = this.#last > before ? 0 : fruitless + 1;
        if (fruitless > again.patience) throw error;
        this.#source.connection.drop();
        if (fruitless > 0) await pause(again.wait(fruitless - 1), this.#stop.signal);
        this.#source = await again.reopen(this.#last, this.#stop.signal);
      }
    }
  }

  async *#events(): AsyncGenerator<E, void, void> {
    const { response, connection } = this.#source;
    for await (const { id, data } of messagesOf(connection.pieces(response), response)) {
      if (/^\d+$/.test(id)) {
        const number = Number(id);
        if (number <= this.#last) continue;
        this.#last = number;
      }
      yield eventOf(data, response) as E;
    }
  }
}

function eventOf(data: string, response: Response): { readonly type: string } {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch (cause) {
    throw new ResponseError("An event is not JSON.", response, { cause });
  }
  if (typeof event !== "object" || event === null || !("type" in event)) {
    throw new ResponseError("An event has no type.", response);
  }
  return event as { readonly type: string };
}
