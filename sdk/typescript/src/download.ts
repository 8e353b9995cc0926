import type { Connection } from "./connection.ts";
import { requestIdOf } from "./errors.ts";

/** A file that the server sends. Its bytes can be read once. */
export class Download {
  readonly headers: Headers;
  readonly requestId: string | undefined;
  /** The media type, as the server says it. */
  readonly type: string;
  /** The name that the server gives the file. */
  readonly name: string | undefined;
  /** How many bytes there are, where the server says it. */
  readonly size: number | undefined;
  readonly #response: Response;
  readonly #connection: Connection;

  constructor(response: Response, connection: Connection) {
    this.headers = response.headers;
    this.requestId = requestIdOf(response);
    this.type = response.headers.get("Content-Type") ?? "";
    this.name = nameOf(response.headers.get("Content-Disposition") ?? "");
    const encoded = response.headers.has("Content-Encoding");
    const length = response.headers.get("Content-Length");
    this.size = length === null || encoded ? undefined : Number(length);
    this.#response = response;
    this.#connection = connection;
  }

  /** The bytes as they come. Throws a `ConnectionError` where not all of them do. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    if (this.#response.bodyUsed) throw new TypeError("A download can be read only once.");
    return this.#connection.pieces(this.#response);
  }

  /** All bytes, to be shown or saved by a browser. */
  async blob(): Promise<Blob> {
    const pieces: BlobPart[] = [];
    for await (const piece of this) pieces.push(piece as BlobPart);
    return new Blob(pieces, { type: this.type });
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await (await this.blob()).arrayBuffer());
  }

  async text(): Promise<string> {
    return (await this.blob()).text();
  }

  /** Not wanted after all: let go of the connection. */
  close(): void {
    this.#connection.drop();
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
