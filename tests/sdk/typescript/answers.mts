/** A client whose server is a list of answers. */
import assert from "node:assert/strict";

import * as sdk from "../../../sdk/typescript/src/index.ts";

export type Answer = Response | Error | ((request: Request) => Response | Promise<Response>);

/** A client whose server gives these answers, and the requests that it saw. */
export function clientOf(answers: Answer[], options: sdk.PalaverOptions = {}) {
  const requests: Request[] = [];
  const client = new sdk.Palaver({
    baseUrl: "http://server.test/base/",
    token: "t",
    retryDelay: 0,
    fetch: async (url, init) => {
      const request = new Request(url as string, init);
      requests.push(request);
      const answer = answers.shift();
      assert.ok(answer, `one request too many: ${request.method} ${request.url}`);
      init?.signal?.throwIfAborted();
      if (answer instanceof Error) throw answer;
      return typeof answer === "function" ? await answer(request) : answer;
    },
    ...options,
  });
  return { client, requests };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

export function events(text: string | (string | Uint8Array)[], headers: Record<string, string> = {}): Response {
  const encoder = new TextEncoder();
  const pieces = typeof text === "string" ? [text] : text;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) {
        if (piece.length > 0) controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
      }
      controller.close();
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream", ...headers } });
}

export async function listed<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}
