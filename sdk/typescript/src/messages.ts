import { ResponseError } from "./errors.ts";

/** One message of `text/event-stream`. */
export interface Message {
  /** The id of the last message that had one. */
  readonly id: string;
  readonly data: string;
}

/** Characters of an event. None of the contract comes near; one without end must not fill the memory. */
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
  let size = 0;
  for await (const lines of linesOf(pieces, response)) {
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { id, data: data.join("\n") };
        data = [];
        size = 0;
        continue;
      }
      size = bounded(size + line.length + 1, response);
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "id" && !value.includes("\0")) id = value;
    }
  }
}

/** The lines that each piece completes. */
async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  response: Response,
): AsyncGenerator<string[], void, void> {
  const decoder = new TextDecoder();
  // What came of a line so far: only what is new is looked at for its end.
  let begun: string[] = [];
  let size = 0;
  let half = "";
  for await (const piece of pieces) {
    const text = half + decoder.decode(piece, { stream: true });
    // A carriage return at the end may be half of a line's end.
    half = text.endsWith("\r") ? "\r" : "";
    const lines = text.slice(0, text.length - half.length).split(/\r\n|\n|\r/);
    const rest = lines.pop() ?? "";
    if (lines.length > 0) {
      lines[0] = begun.join("") + lines[0];
      yield lines;
      begun = [];
      size = 0;
    }
    size = bounded(size + rest.length, response);
    begun.push(rest);
  }
}

function bounded(size: number, response: Response): number {
  if (size > LONGEST) throw new ResponseError("An event has no end.", response);
  return size;
}
