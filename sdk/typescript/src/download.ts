import type { Continuation, Source } from "./connection.ts";
import { pause } from "./connection.ts";
import { ConnectionError, requestIdOf } from "./errors.ts";

/** A file that the server sends. Its bytes can be read once. */
export class Download {
  readonly #continuation: Continuation | undefined;
  #source: Source;

  constructor(source: Source, continuation?: Continuation) {
    this.#source = source;
    this.#continuation = continuation;
  }

  get headers(): Headers {
    return this.#source.response.headers;
  }

  get requestId(): string | undefined {
    return requestIdOf(this.#source.response);
  }

  /** The media type, as the server says it. */
  get type(): string {
    return this.headers.get("Content-Type") ?? "";
  }

  /** The name that the server gives the file, without any folder. */
  get name(): string | undefined {
    return nameOf(this.headers.get("Content-Disposition") ?? "");
  }

  /** How many bytes there are, where the server says it. */
  get size(): number | undefined {
    const length = this.headers.get("Content-Length");
    return length === null || this.headers.has("Content-Encoding") ? undefined : Number(length);
  }

  /** The bytes as they come. Throws a `ConnectionError` where not all of them do. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    const { response, connection } = this.#source;
    if (response.bodyUsed) throw new TypeError("A download can be read only once.");
    return connection.pieces(response);
  }

  /**
   * What `take` makes of all bytes. Where the connection breaks, the file is asked for again if that
   * does no harm, and `take` begins anew. Throws a `ConnectionError` where it was to no avail.
   */
  async whole<T>(take: (pieces: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    for (let retries = 0; ; retries += 1) {
      try {
        return await take(this);
      } catch (error) {
        this.close();
        const again = this.#continuation;
        if (!(error instanceof ConnectionError) || again === undefined) throw error;
        if (retries >= again.patience) throw error;
        await pause(again.wait(retries), again.signal);
        this.#source = await again.reopen();
      }
    }
  }

  /** All bytes, to be shown or saved by a browser. */
  blob(): Promise<Blob> {
    return this.whole(async (all) => {
      const pieces: BlobPart[] = [];
      for await (const piece of all) pieces.push(piece as BlobPart);
      return new Blob(pieces, { type: this.type });
    });
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await (await this.blob()).arrayBuffer());
  }

  async text(): Promise<string> {
    return (await this.blob()).text();
  }

  /** Not wanted after all: let go of the connection. */
  close(): void {
    this.#source.connection.drop();
  }
}

/** The file name of a `Content-Disposition` (RFC 6266), without any folder. */
function nameOf(disposition: string): string | undefined {
  const extended = /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  const name = decoded(extended) ?? plain?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[2];
  // A name is no way into other folders.
  return name?.split(/[/\\]/).at(-1)?.replace(/^\.+$/, "") || undefined;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
