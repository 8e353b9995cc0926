/** What no server is needed for: every answer is made up by a `fetch` of the test's own. */
import assert from "node:assert/strict";
import { mkdtemp, open, readdir, rm, truncate } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import * as sdk from "../../../sdk/typescript/src/index.ts";
import { fileFrom, saveTo } from "../../../sdk/typescript/src/node.ts";
import { operations } from "../../../sdk/typescript/src/generated/operations.ts";

type Answer = Response | Error | ((request: Request) => Response | Promise<Response>);

/** A client whose server gives these answers, and the requests that it saw. */
function clientOf(answers: Answer[], options: sdk.PalaverOptions = {}) {
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

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

function events(text: string | (string | Uint8Array)[], headers: Record<string, string> = {}): Response {
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

async function listed<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}

const RUN = { session_id: "s", run_id: "r" };
const DONE = 'id: 2\ndata: {"type": "done"}\n\n';

test("every operation has one method and no method is anything else", () => {
  const methods = Object.getOwnPropertyNames(sdk.Palaver.prototype).filter((name) => name !== "constructor");
  assert.deepEqual(methods, Object.keys(operations));
});

test("methods are not listed among the members of a client", () => {
  assert.deepEqual(Object.keys(clientOf([]).client), []);
});

test("the base may have a path, and what is inside of it is escaped", async () => {
  const { client, requests } = clientOf([json({}), json({})]);
  await client.getSession({ session_id: "a/ü ?" });
  await client.listUserSessions({ user_id: "u", sort_by: "name", limit: 3 });
  assert.equal(requests[0]?.url, "http://server.test/base/api/sessions/a%2F%C3%BC%20%3F");
  assert.equal(requests[1]?.url, "http://server.test/base/sessions/get_all/u?limit=3&sort_by=name");
});

for (const [options, words] of [
  [{ baseUrl: "nowhere" }, /no URL/],
  [{ baseUrl: "ftp://server.test" }, /http/],
  [{ baseUrl: "http://a:b@server.test" }, /credentials/],
  [{ baseUrl: undefined }, /baseUrl/],
  [{ baseUrl: "http://server.test", username: "a" }, /password/],
  [{ baseUrl: "http://server.test", username: "a:b", password: "c" }, /colon/],
  [{ baseUrl: "http://server.test", timeout: -1 }, /timeout/],
  [{ baseUrl: "http://server.test", maxRetries: NaN }, /maxRetries/],
] as const) {
  test(`options that cannot work: ${JSON.stringify(options)}`, () => {
    assert.throws(() => new sdk.Palaver(options as sdk.PalaverOptions), (error) => {
      assert.ok(error instanceof sdk.PalaverError);
      assert.match(error.message, words);
      return true;
    });
  });
}

test("a token may be asked for at each try", async () => {
  let count = 0;
  const token = async () => `t${(count += 1)}`;
  const { client, requests } = clientOf([new Error("reset"), json({})], { token });
  await client.listAgents();
  assert.deepEqual(requests.map((each) => each.headers.get("authorization")), ["Bearer t1", "Bearer t2"]);
});

test("an operation that anybody may call is sent no token", async () => {
  const { client, requests } = clientOf([json({ status: "ok" })]);
  await client.checkHealth();
  assert.equal(requests[0]?.headers.get("authorization"), null);
});

test("headers of the client and of the call", async () => {
  const { client, requests } = clientOf([json({})], { headers: { "X-A": "1", "X-B": "1" } });
  await client.getSession({ session_id: "s" }, { headers: { "X-B": "2" } });
  assert.equal(requests[0]?.headers.get("x-a"), "1");
  assert.equal(requests[0]?.headers.get("x-b"), "2");
});

test("the whole answer", async () => {
  const { client } = clientOf([json({ session_id: "s" }, 201, { "X-Request-Id": "r", Location: "/x" })]);
  const answer = await client.createSession().withResponse();
  assert.equal(answer.data.session_id, "s");
  assert.equal(answer.status, 201);
  assert.equal(answer.requestId, "r");
  assert.equal(answer.headers.get("location"), "/x");
});

test("no request is turned into another one by a redirect", async () => {
  const { client, requests } = clientOf([json({}), json({})]);
  await client.createSession();
  await client.listAgents();
  assert.deepEqual(requests.map((each) => each.redirect), ["error", "error"]);
});

test("a body that is null is sent, one that is absent is not", async () => {
  const { client, requests } = clientOf([json({}), json({})]);
  await client.createSession();
  await client.updateAgent({ agent_id: "a", body: { description: null } });
  assert.equal(requests[0]?.body, null);
  assert.equal(requests[0]?.headers.get("content-type"), null);
  assert.equal(await requests[1]?.text(), '{"description":null}');
  assert.equal(requests[1]?.headers.get("content-type"), "application/json");
});

test("a key of the caller's own, and one made up for each call", async () => {
  const { client, requests } = clientOf([json({}), json({}), json({})]);
  await client.createSession({}, { idempotencyKey: "mine" });
  await client.createSession();
  await client.createSession();
  const keys = requests.map((each) => each.headers.get("idempotency-key"));
  assert.equal(keys[0], "mine");
  assert.equal(new Set(keys).size, 3);
});

test("each status has its class", async () => {
  const statuses = Object.entries(sdk.errorClasses);
  assert.ok(statuses.length > 15);
  for (const [status, expected] of statuses) {
    const { client } = clientOf([json({}, Number(status))], { maxRetries: 0 });
    await assert.rejects(client.getSession({ session_id: "s" }), (error) => {
      assert.equal((error as Error).constructor, expected);
      assert.equal((error as Error).name, expected.name);
      return error instanceof sdk.ApiError && error.status === Number(status);
    });
  }
});

test("a status without a class of its own", async () => {
  const { client } = clientOf([json({}, 418), json({}, 507)], { maxRetries: 0 });
  await assert.rejects(client.listAgents(), (error) => error?.constructor === sdk.ApiError);
  await assert.rejects(client.listAgents(), (error) => error?.constructor === sdk.ServerError);
});

test("a server that asks to wait for longer than a minute is not waited for", async () => {
  const { client, requests } = clientOf([json({}, 429, { "Retry-After": "61" })]);
  await assert.rejects(client.listAgents(), { status: 429, retryAfter: 61_000 });
  assert.equal(requests.length, 1);
});

test("a write without a key is made again where it was refused, not where it is unknown", async () => {
  const busy = { type: "urn:palaver:problem:store-unavailable", title: "Busy.", status: 503 };
  for (const refusal of [json(busy, 503), json({ error: "Busy." }, 503), new Response("<h1>", { status: 429 })]) {
    const { client, requests } = clientOf([refusal, json({})]);
    await client.cancelRun(RUN);
    assert.equal(requests.length, 2);
  }
  // These may be said by what stands in front of the server, while the request is at work.
  for (const status of [408, 502, 503, 504]) {
    const { client } = clientOf([json({ message: "Unavailable" }, status)]);
    await assert.rejects(client.cancelRun(RUN), { status });
  }
});

test("an edit of a state that may be no more is not made again", async () => {
  const edit = { session_id: "s", slide_id: "slide_0", if_match: '"deck-1"' };
  const body = { content: { layout: "title", title: "T" } } as const;
  for (const failure of [new Error("reset"), new Response("<h1>", { status: 502 })]) {
    const { client } = clientOf([failure]);
    await assert.rejects(client.replaceSlide({ ...edit, body }), sdk.PalaverError);
  }
  const { client, requests } = clientOf([new Error("reset"), json({})]);
  await client.insertSlide({ session_id: "s", if_match: "*", body });
  const keys = requests.map((each) => each.headers.get("idempotency-key"));
  assert.ok(keys[0]);
  assert.equal(keys[0], keys[1]);
});

test("an upload that goes on takes as long as it takes", async () => {
  const pieces: number[] = [];
  const { client } = clientOf(
    [
      async (request) => {
        for await (const piece of request.body as ReadableStream<Uint8Array>) {
          pieces.push(piece.length);
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
        return json({ bookId: "b" }, 202);
      },
    ],
    { timeout: 100, maxRetries: 0 },
  );
  const file = new File([new Uint8Array(1_000_000)], "a.pdf");
  assert.equal((await client.uploadBook({ body: { file } })).bookId, "b");
  // It is read as it is sent.
  assert.ok(pieces.length >= 4, String(pieces));
});

test("an upload is never in memory as a whole", async () => {
  const folder = await mkdtemp(join(tmpdir(), "client-"));
  const size = 256 * 1024 * 1024;
  const server = createServer((request, response) => {
    let received = 0;
    request.on("data", (piece: Buffer) => (received += piece.length));
    request.on("end", () => response.end(JSON.stringify({ bookId: String(received > size) })));
    response.setHeader("Content-Type", "application/json");
  });
  try {
    // A file of nothing but a hole is made at once.
    await (await open(join(folder, "book.pdf"), "w")).close();
    await truncate(join(folder, "book.pdf"), size);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const client = new sdk.Palaver({ baseUrl: `http://127.0.0.1:${port}`, password: "p" });
    let most = 0;
    const watch = () => (most = Math.max(most, process.memoryUsage().arrayBuffers));
    const file = await fileFrom(join(folder, "book.pdf"));
    const book = await client.uploadBook({ body: { file } }, { onUploadProgress: watch });
    assert.equal(book.bookId, "true");
    assert.ok(most < size / 2, `${most} bytes`);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});

test("an upload that is refused before all of it was sent leaves no timer", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
  const before = timers();
  let rest: Promise<unknown> = Promise.resolve();
  const { client } = clientOf([
    async (request) => {
      const pieces = (request.body as ReadableStream<Uint8Array>).getReader();
      await pieces.read();
      const told = (async () => {
        while (!(await pieces.read()).done);
      })();
      rest = told.catch(() => undefined);
      return json({ error: "The file is too large." }, 413);
    },
  ]);
  const file = new File([new Uint8Array(1_000_000)], "a.pdf");
  await assert.rejects(client.uploadBook({ body: { file } }), sdk.PayloadTooLargeError);
  await rest;
  assert.equal(timers(), before);
});

for (const [disposition, name] of [
  ['attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'],
  ["attachment; filename=plain.pdf; filename*=UTF-8''B%C3%BCcher.pdf", "Bücher.pdf"],
  ["attachment; filename*=utf-8'de'..%2F..%2Fetc%2Fpasswd", "passwd"],
  ['attachment; filename="C:\\\\x\\\\y.pdf"', "y.pdf"],
  ['attachment; filename=".."', undefined],
  ["inline", undefined],
] as const) {
  test(`the name of a file: ${disposition}`, async () => {
    const headers = { "Content-Type": "application/pdf", "Content-Disposition": disposition };
    const { client } = clientOf([new Response("%PDF", { headers })]);
    const file = await client.exportSession({ session_id: "s" }, { accept: "application/pdf" });
    assert.equal(file.name, name);
    assert.equal(await file.text(), "%PDF");
  });
}

test("a download that is cut is asked for again, where that does no harm", async () => {
  const cut = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("%P"));
        },
        pull: (controller) => controller.error(new Error("reset")),
      }, { highWaterMark: 0 }),
      { headers: { "Content-Type": "image/png" } },
    );
  const image = { session_id: "s", image_id: "i" };
  const whole = new Response("%PNG", { headers: { "Content-Type": "image/png" } });
  const patient = clientOf([cut(), cut(), whole]);
  const file = await patient.client.getSlideImage(image);
  assert.equal(await file.text(), "%PNG");
  const given = clientOf([cut(), cut()], { maxRetries: 1 });
  await assert.rejects((await given.client.getSlideImage(image)).bytes(), sdk.ConnectionError);
  // What was read piece by piece cannot be taken back, and an export is no reading.
  const pieces = clientOf([cut()]);
  await assert.rejects(listed(await pieces.client.getSlideImage(image)), sdk.ConnectionError);
  const exported = clientOf([cut()]);
  await assert.rejects((await exported.client.exportSession({ session_id: "s" })).blob(), sdk.ConnectionError);
});

test("a file may be saved under the longest of names, and leaves nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "client-"));
  try {
    const name = `${"ü".repeat(125)}.pptx`;
    const { client } = clientOf([new Response("PK", { headers: { "Content-Type": "application/pdf" } })]);
    await saveTo(await client.exportSession({ session_id: "s" }), join(folder, name));
    assert.deepEqual(await readdir(folder), [name]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the caller's abort ends a call with its own reason", async () => {
  const { client } = clientOf([
    (request) => new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(new Error("late")))),
  ]);
  const abort = new AbortController();
  const call = client.listAgents({}, { signal: abort.signal });
  abort.abort("enough");
  await assert.rejects(call, (error) => error === "enough");
});

test("the caller's abort ends a wait between two tries", async () => {
  const { client } = clientOf([json({}, 503, { "Retry-After": "50" })]);
  const abort = new AbortController();
  const call = client.listAgents({}, { signal: abort.signal });
  setTimeout(() => abort.abort("enough"), 10);
  await assert.rejects(call, (error) => error === "enough");
});

test("an abort that came before the call", async () => {
  const { client } = clientOf([json({})]);
  await assert.rejects(client.listAgents({}, { signal: AbortSignal.abort("before") }), (error) => error === "before");
});

test("an unchanged document is nothing, a changed one a file", async () => {
  const { client, requests } = clientOf([
    new Response(null, { status: 304 }),
    new Response("openapi: 3.0.3", { headers: { "Content-Type": "application/yaml" } }),
  ]);
  assert.equal(await client.getContractYaml({ if_none_match: '"e"' }), undefined);
  assert.equal(requests[0]?.headers.get("if-none-match"), '"e"');
  const file = await client.getContractYaml();
  assert.equal(await file?.text(), "openapi: 3.0.3");
  await assert.rejects(async () => file?.text(), TypeError);
});

test("pages are asked for one by one, and can be taken as pages", async () => {
  const { client, requests } = clientOf([
    json({ agents: [{ agent_id: "a" }], next_cursor: "c 1" }),
    json({ agents: [], next_cursor: "c2" }),
    json({ agents: [{ agent_id: "b" }], next_cursor: null }),
  ]);
  const pages = await listed(client.listAgents({ limit: 1 }).pages());
  assert.deepEqual(pages.map((page) => page.agents.length), [1, 0, 1]);
  assert.deepEqual(
    requests.map((each) => new URL(each.url).search),
    ["?limit=1", "?limit=1&cursor=c+1", "?limit=1&cursor=c2"],
  );
});

test("a list without a total ends with a page that is not full", async () => {
  let number = 0;
  const page = (count: number) =>
    json({ data: Array.from({ length: count }, () => ({ session_id: String((number += 1)) })) });
  const { client, requests } = clientOf([page(20), page(20), page(3)]);
  assert.equal((await listed(client.listTeamSessions())).length, 43);
  assert.deepEqual(requests.map((each) => new URL(each.url).searchParams.get("skip")), [null, "20", "40"]);
});

test("an item that moves to the next page while pages are read comes once", async () => {
  const page = (...names: string[]) =>
    json({ data: names.map((session_id) => ({ session_id })) });
  const { client } = clientOf([page("c", "b"), page("b", "a"), page()]);
  const found = await listed(client.listTeamSessions({ limit: 2 }));
  assert.deepEqual(found.map(({ session_id }) => session_id), ["c", "b", "a"]);
});

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
  const { client, requests } = clientOf([events(""), events(""), events("")], { maxRetries: 2 });
  await assert.rejects(async () => listed(await client.streamRunEvents(RUN)), sdk.ConnectionError);
  assert.equal(requests.length, 3);
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
  const { client } = clientOf([events(`id: 1\ndata: {"type": "session.titled", "title": "t"}\n\n${DONE}`)]);
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
] as const) {
  test(`a stream that is none: ${name}`, async () => {
    const { client, requests } = clientOf([response()]);
    await assert.rejects(async () => listed(await client.streamRunEvents(RUN)), sdk.ResponseError);
    assert.equal(requests.length, 1);
  });
}

test("a call is a promise like others", async () => {
  const { client } = clientOf([json({ status: "ok" }), json({ status: "ready" }), json({}, 404)]);
  let ended = 0;
  const [health, ready] = await Promise.all([client.checkHealth(), client.checkReadiness()]);
  assert.deepEqual([health.status, ready.status], ["ok", "ready"]);
  const caught = await client.getAgent({ agent_id: "a" }).finally(() => (ended += 1)).catch((error) => error.status);
  assert.deepEqual([caught, ended], [404, 1]);
});

test("a browser uploads by XMLHttpRequest, which tells the progress", async () => {
  const { encoded, formOf, forward, send } = await import("../../../sdk/typescript/src/uploads.ts");
  const asked: unknown[] = [];
  class FakeRequest {
    status = 201;
    response = new TextEncoder().encode('{"a": 1}').buffer;
    withCredentials = false;
    upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
    onload?: () => void;
    open(...request: unknown[]) {
      asked.push(request);
    }
    setRequestHeader(...header: unknown[]) {
      asked.push(header);
    }
    getAllResponseHeaders() {
      return "x-request-id: r\r\ncontent-type: application/json\r\n";
    }
    send() {
      for (const loaded of [1, 3, 2, 4]) this.upload.onprogress?.({ loaded, total: 4 });
      this.onload?.();
    }
  }
  const before = globalThis.XMLHttpRequest;
  globalThis.XMLHttpRequest = FakeRequest as unknown as typeof XMLHttpRequest;
  try {
    const told: number[] = [];
    const init = { method: "POST", headers: new Headers({ a: "b" }), body: formOf({ file: new Blob(["x"]) }) };
    const response = await send("http://server.test/", init, forward(({ loaded }) => told.push(loaded)));
    assert.deepEqual(told, [1, 3, 4]);
    assert.deepEqual(asked, [["POST", "http://server.test/"], ["a", "b"]]);
    assert.equal(response.headers.get("x-request-id"), "r");
    assert.deepEqual(await response.json(), { a: 1 });
  } finally {
    globalThis.XMLHttpRequest = before;
  }
  assert.match(await encoded(formOf({ a: "1\n2" })).text(), /name="a"\r\n\r\n1\r\n2\r\n--palaver-/);
});
