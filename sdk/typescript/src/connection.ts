import { ConnectionError, ConnectionTimeoutError, PalaverError } from "./errors.ts";

/** Milliseconds. Timers take no more: what is longer would be over at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A response whose body is still to be read. */
export interface Source {
  readonly response: Response;
  readonly connection: Connection;
}

/** How a body is read on after its connection broke. */
export interface Continuation<A extends unknown[] = []> {
  /** Ask for it again, or for what came after what was read. */
  readonly reopen: (...where: A) => Promise<Source>;
  /** How many times in a row may bring nothing. */
  readonly patience: number;
  /** Milliseconds to wait after so many that brought nothing. */
  readonly wait: (fruitless: number) => number;
  readonly signal: AbortSignal | undefined;
}

/** One try of one request: its timeout, its abort, and what its failure is called. */
export class Connection {
  readonly #controller = new AbortController();
  readonly #timeout: number;
  readonly #caller: AbortSignal | undefined;
  readonly #forward = (): void => this.#controller.abort();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #expired = false;
  #ended = false;

  /** `timeout` is in milliseconds without a byte; 0 waits for ever, as more than timers take does. */
  constructor(timeout: number, caller?: AbortSignal) {
    this.#timeout = timeout;
    this.#caller = caller;
    if (caller?.aborted) this.#controller.abort();
    caller?.addEventListener("abort", this.#forward, { once: true });
    this.touch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came: wait anew. */
  touch(): void {
    clearTimeout(this.#timer);
    // The answer may have come while the request was still being sent.
    if (this.#timeout <= 0 || this.#timeout > LONGEST_TIMER || this.#ended) return;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#controller.abort();
    }, this.#timeout);
  }

  /** Nothing is waited for, until the next byte is asked for. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  /** All was read, or nothing more is wanted: let go of the request, whatever of it is still sent. */
  drop(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#forward);
    this.#controller.abort();
  }

  /** The error to throw for what `fetch` threw: the caller's own reason, or one of ours. */
  failure(cause: unknown): unknown {
    if (this.#caller?.aborted) return this.#caller.reason;
    const own = ownOf(cause);
    if (own !== undefined) return own;
    if (this.#expired) {
      return new ConnectionTimeoutError(`Nothing came for ${this.#timeout} ms.`, { cause });
    }
    return new ConnectionError(`The connection failed: ${reasonOf(cause)}`, { cause });
  }

  /** The body piece by piece, each within the timeout. Leaving off lets go of the connection. */
  async *pieces(response: Response): AsyncGenerator<Uint8Array, void, void> {
    const reader = response.body?.getReader();
    try {
      while (reader !== undefined) {
        this.touch();
        const { done, value } = await reader.read();
        if (done) break;
        // Whoever reads may take their time.
        this.rest();
        yield value;
      }
    } catch (error) {
      throw this.failure(error);
    } finally {
      this.drop();
    }
  }

  /** The whole body as text. */
  async text(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const piece of this.pieces(response)) text += decoder.decode(piece, { stream: true });
    return text + decoder.decode();
  }
}

/** A pause that an abort ends; it throws the abort's reason. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const end = (): void => {
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(end, Math.min(milliseconds, LONGEST_TIMER));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** An error of this package among the causes of what `fetch` threw. */
function ownOf(error: unknown): PalaverError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof PalaverError) return each;
  }
  return undefined;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // `fetch` of Node says only "fetch failed"; its cause says why.
  return cause.cause instanceof Error ? cause.cause.message || cause.message : cause.message;
}
