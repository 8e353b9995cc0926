import { ResponseError } from "./errors.ts";

/** One message of `text/event-stream`. */
export interface Message {
  /** The id of the last message that had one. */
  readonly id: string;
  readonly data: string;
}

/** No event of the contract comes near; a line without end must not fill the memory. */
const LONGEST = 16 * 1024 * 1024;

/**
 * The messages of a stream (HTML, "Server-sent events"). One that was not ended by an empty line is
 * dropped, so a cut stream gives whole messages only.
 */
export async function* messagesOf(
  pieces: AsyncIterable<Uint8Array>,
  response: Response,
): AsyncGenerator<Message, void, void> {
  let id = "";
  let data: string[] = [];
  for await (const line of linesOf(pieces, response)) {
    if (line === "") {
      if (data.length > 0) yield { id, data: data.join("\n") };
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
  }
}

async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  response: Response,
): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true });
    if (rest.length > LONGEST) throw new ResponseError("An event has no end.", response);
    // A carriage return at the end may be half of a line's end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
