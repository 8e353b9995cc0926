/** Streams of events, made up byte by byte. */
import assert from "node:assert/strict";
import { test } from "node:test";

import * as sdk from "../../../sdk/typescript/src/index.ts";
import { clientOf, events, json, listed } from "./answers.mts";

const RUN = { session_id: "s", run_id: "r" };
const FIRST = 'id: 1\ndata: {"type": "session.titled", "title": "t"}\n\n';
const DONE = 'id: 2\ndata: {"type": "done"}\n\n';

test("events however they are cut into pieces and lines", async () => {
  const text = "\uFEFF: hello\r\nid: 1\r\nevent: x\r\ndata: {\"type\":\r\ndata: \"session.titled\",\rdata:\"title\": \"ü🦜\"}\n\n" + DONE;
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    const { client } = clientOf([events(pieces)]);
    const stream = await client.streamRunEvents(RUN);
    assert.deepEqual(await listed(stream), [{ type: "session.titled", title: "ü🦜" }, { type: "done" }]);
    assert.equal(stream.lastEventId, 2);
  }
});

test("types of events that are not known are left out, and not asked for again", async () => {
  const { client, requests } = clientOf([
    events('id: 1\ndata: {"type": "to.come"}\n\n'),
    events(DONE),
  ]);
  assert.deepEqual(await listed(await client.streamRunEvents(RUN)), [{ type: "done" }]);
  assert.equal(requests[1]?.headers.get("last-event-id"), "1");
});

test("nothing after the last event is read", async () => {
  const { client } = clientOf([events(`${DONE}id: 3\ndata: {"type": "done"}\n\n`)]);
  assert.equal((await listed(await client.streamRunEvents(RUN))).length, 1);
});

test("a stream of a new turn goes on where the turn is", async () => {
  const { client, requests } = clientOf([
    events('id: 1\ndata: {"type": "message.delta", "message_id": "m", "text": "a"}\n\n', { "X-Run-Id": "r/1" }),
    events(DONE),
  ]);
  const stream = await client.sendChatMessage({ body: { session_id: "s", message: "Hi" } }, { stream: true });
  assert.equal(stream.runId, "r/1");
  assert.equal((await listed(stream)).length, 2);
  const [first, second] = requests;
  assert.equal(first?.headers.get("accept"), "text/event-stream");
  assert.equal(second?.method, "GET");
  assert.equal(second?.url, "http://server.test/base/api/sessions/s/runs/r%2F1/events");
  assert.equal(second?.headers.get("last-event-id"), "1");
  assert.equal(second?.headers.get("idempotency-key"), null);
});

test("a stream that brings nothing new is given up", async () => {
  for (const [options, tries] of [[{ maxReconnects: 2 }, 3], [{}, 9], [{ maxRetries: 0 }, 9]] as const) {
    const endings = Array.from({ length: tries }, () => events(""));
    const { client, requests } = clientOf(endings, options);
    await assert.rejects(async () => listed(await client.streamRunEvents(RUN)), sdk.ConnectionError);
    assert.equal(requests.length, tries);
  }
});

test("a stream outlasts a server that cannot be reached", async () => {
  const away = () => [new Error("refused"), new Response("<h1>", { status: 502 })];
  const { client, requests } = clientOf([events(FIRST), ...away(), ...away(), ...away(), events(DONE)]);
  assert.equal((await listed(await client.streamRunEvents(RUN))).length, 2);
  assert.equal(requests.length, 8);
  assert.equal(requests[7]?.headers.get("last-event-id"), "1");
  const called = clientOf([events(FIRST), new Error("refused")]);
  const stream = await called.client.streamRunEvents(RUN, { maxReconnects: 0 });
  await assert.rejects(listed(stream), sdk.ConnectionError);
});

test("a stream that waits to be taken up again can be closed, and aborted", async () => {
  for (const answers of [[events("")], [events(FIRST), new Error("refused")]]) {
    const count = answers.length;
    const { client, requests } = clientOf(answers, { retryDelay: 600_000 });
    const stream = await client.streamRunEvents(RUN);
    setTimeout(() => stream.close(), 50);
    assert.equal((await listed(stream)).length, count - 1);
    assert.equal(requests.length, count);
  }
  const abort = new AbortController();
  const { client } = clientOf([events("")], { retryDelay: 600_000 });
  const stream = await client.streamRunEvents(RUN, { signal: abort.signal });
  setTimeout(() => abort.abort("enough"), 10);
  await assert.rejects(listed(stream), (error) => error === "enough");
});

test("a long event in small pieces takes as long as it is long", { timeout: 15_000 }, async () => {
  const title = "x".repeat(4_000_000);
  const text = `id: 1\r\ndata: {"type": "session.titled", "title": "${title}"}\r\n\r\n${DONE}`;
  const pieces = Array.from({ length: Math.ceil(text.length / 1000) }, (_, n) => text.slice(n * 1000, n * 1000 + 1000));
  const found = await listed(await clientOf([events(pieces)]).client.streamRunEvents(RUN));
  assert.deepEqual(found[0], { type: "session.titled", title });
});

test("a stream is read once, and a closed one no further", async () => {
  const { client } = clientOf([events(DONE), events('id: 1\ndata: {"type": "done"}\n\n')]);
  const stream = await client.streamRunEvents(RUN);
  await listed(stream);
  await assert.rejects(listed(stream), TypeError);
  const closed = await client.streamRunEvents(RUN);
  closed.close();
  assert.deepEqual(await listed(closed), []);
});

test("a stream that is closed while it is read gives nothing more", async () => {
  const { client } = clientOf([events(FIRST + DONE)]);
  const stream = await client.streamRunEvents(RUN);
  const types: string[] = [];
  for await (const event of stream) {
    types.push(event.type);
    stream.close();
  }
  assert.deepEqual(types, ["session.titled"]);
});

for (const [name, response] of [
  ["no JSON", () => events("id: 1\ndata: {\n\n")],
  ["no type", () => events("id: 1\ndata: 5\n\n")],
  ["no stream", () => json({})],
  ["no end", () => events(["data: ", "x".repeat(9_000_000), "x".repeat(9_000_000)])],
  ["no end of its lines", () => events(Array.from({ length: 20 }, () => "data: x\n".repeat(125_000)))],
] as const) {
  test(`a stream that is none: ${name}`, async () => {
    const { client, requests } = clientOf([response()]);
    await assert.rejects(async () => listed(await client.streamRunEvents(RUN)), sdk.ResponseError);
    assert.equal(requests.length, 1);
  });
}
