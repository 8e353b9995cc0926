/** What no server is needed for: every answer is made up by a `fetch` of the test's own. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";

import * as sdk from "../../../sdk/typescript/src/index.ts";
import { operations } from "../../../sdk/typescript/src/generated/operations.ts";
import { clientOf, json, listed } from "./answers.mts";

const RUN = { session_id: "s", run_id: "r" };

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
  [{ baseUrl: "http://server.test", token: 5 }, /token/],
  [{ baseUrl: "http://server.test", token: null }, /token/],
  [{ baseUrl: "http://server.test", password: null }, /password/],
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

test("a token may have white space around it", async () => {
  for (const token of [" t\n", async () => "t\r\n"]) {
    const { client, requests } = clientOf([json({})], { token });
    await client.listAgents();
    assert.equal(requests[0]?.headers.get("authorization"), "Bearer t");
  }
});

for (const token of ["secret\ntoken", "secret token", "secret\u2019s", "secret\0", "", " \n"]) {
  test(`what is no token is not told: ${JSON.stringify(token)}`, async () => {
    const isTold = (error: unknown) =>
      error instanceof sdk.PalaverError && /token/.test(error.message) && !inspect(error).includes("secret");
    assert.throws(() => new sdk.Palaver({ baseUrl: "http://server.test", token }), isTold);
    const { client, requests } = clientOf([], { token: () => token });
    await assert.rejects(client.listAgents(), isTold);
    assert.equal(requests.length, 0);
  });
}

for (const token of [undefined, null, 5, { secret: 1 }]) {
  test(`what a function gives in place of a token is not sent: ${JSON.stringify(token)}`, async () => {
    const { client, requests } = clientOf([], { token: async () => token as unknown as string });
    await assert.rejects(client.listAgents(), (error) => {
      return error instanceof sdk.PalaverError && /token/.test(error.message);
    });
    assert.equal(requests.length, 0);
  });
}

for (const [name, value] of [["Authorization", "Bearer secret\ntoken"], ["X-A", "secret\u2019s"], ["X A", "secret"]] as const) {
  test(`what no header can hold is not told: ${name}`, async () => {
    const isTold = (error: unknown) =>
      error instanceof sdk.PalaverError && error.message.includes(name) && !inspect(error).includes("secret");
    const headers = { [name]: value };
    const given = clientOf([], { headers });
    await assert.rejects(given.client.listAgents(), isTold);
    await assert.rejects(clientOf([]).client.listAgents({}, { headers }), isTold);
    await assert.rejects(clientOf([]).client.createSession({}, { idempotencyKey: "a\nb" }), sdk.PalaverError);
  });
}

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
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => response.writeHead(302, { Location: "/elsewhere" }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const client = new sdk.Palaver({ baseUrl: `http://127.0.0.1:${port}`, token: "t" });
    await assert.rejects(client.createSession(), { status: 302 });
    await assert.rejects(client.listAgents(), { status: 302 });
    const file = new File(["x"], "bees.txt");
    await assert.rejects(client.uploadBook({ body: { file } }), (error) => {
      return error instanceof sdk.PalaverError && !(error instanceof sdk.ConnectionError);
    });
    assert.deepEqual(seen, ["POST /api/sessions", "GET /api/agents", "POST /api/v1/books"]);
  } finally {
    server.close();
  }
});

test("a redirect of which a browser tells nothing is no answer", async () => {
  const opaque = new Response(null);
  Object.defineProperties(opaque, { type: { value: "opaqueredirect" }, ok: { value: false } });
  const { client } = clientOf([opaque]);
  await assert.rejects(client.listAgents(), sdk.ResponseError);
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

for (const said of ["-5", "1.5", "soon 1", "1e3", "2099-01-01", "", "Never", "1 Jan 1970"]) {
  test(`a Retry-After that says nothing: ${JSON.stringify(said)}`, async () => {
    const { client, requests } = clientOf([json({}, 429, { "Retry-After": said })], { retryDelay: 100_000 });
    await assert.rejects(client.listAgents(), { status: 429, retryAfter: undefined });
    assert.equal(requests.length, 1);
  });
}

for (const said of ["Thu, 01 Jan 1970 00:00:00 GMT", "Thursday, 01-Jan-70 00:00:00 GMT", "Thu Jan  1 00:00:00 1970"]) {
  test(`a Retry-After that is over: ${said}`, async () => {
    const { client, requests } = clientOf([json({}, 429, { "Retry-After": said }), json({})], { retryDelay: 100_000 });
    await client.listAgents();
    assert.equal(requests.length, 2);
  });
}

for (const said of ["9".repeat(14), "9".repeat(400), "Fri, 31 Dec 9999 23:59:59 GMT", "Fri Dec 31 23:59:59 9999"]) {
  test(`a Retry-After that nobody waits for: ${said.slice(0, 40)}`, async () => {
    const { client, requests } = clientOf([json({}, 429, { "Retry-After": said })]);
    await assert.rejects(client.listAgents(), (error) => {
      return error instanceof sdk.RateLimitError && Number(error.retryAfter) > 60_000;
    });
    assert.equal(requests.length, 1);
  });
}

for (const timeout of [Infinity, 2 ** 31, 0]) {
  test(`a timeout that is none: ${timeout}`, async () => {
    const late = ({ signal }: Request) =>
      new Promise<Response>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        setTimeout(() => resolve(json({ status: "ok" })), 100);
      });
    const { client } = clientOf([late, late], { timeout, maxRetries: 0 });
    assert.equal((await client.checkHealth()).status, "ok");
    assert.equal((await clientOf([late]).client.checkHealth({}, { timeout })).status, "ok");
  });
}

for (const name of ["timeout", "maxRetries", "maxReconnects"] as const) {
  test(`a call takes no number that cannot work: ${name}`, async () => {
    for (const value of [-1, NaN, "5" as unknown as number]) {
      const { client, requests } = clientOf([]);
      await assert.rejects(client.streamRunEvents(RUN, { [name]: value }), (error) => {
        return error instanceof sdk.PalaverError && error.message.includes(name);
      });
      assert.equal(requests.length, 0);
    }
  });
}

test("a pause that is longer than timers can be is no short one", async () => {
  const { client, requests } = clientOf([new Error("reset")], { retryDelay: Infinity });
  const abort = new AbortController();
  setTimeout(() => abort.abort("enough"), 50);
  await assert.rejects(client.listAgents({}, { signal: abort.signal }), (error) => error === "enough");
  assert.equal(requests.length, 1);
});

test("an error names the parts that are not valid", async () => {
  const errors = [
    { pointer: "/body/name", message: "It is blank." },
    { pointer: "/query/limit", message: "It is not an integer" },
  ];
  const problem = { type: "urn:palaver:problem:invalid-request", title: "The request is not valid.", errors };
  const { client } = clientOf([json(problem, 400), json({ ...problem, errors: "none" }, 400), json({ ...problem, errors: [5, null, {}] }, 400)]);
  await assert.rejects(client.listAgents(), {
    message: "The request is not valid. /body/name: It is blank; /query/limit: It is not an integer.",
    errors,
  });
  // What stands in front of a server may say anything.
  await assert.rejects(client.listAgents(), { message: "The request is not valid.", errors: [] });
  await assert.rejects(client.listAgents(), { message: "The request is not valid.", errors: [] });
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

/** The newest part of a history that grows by so many messages after each page that is asked for. */
function growing(growth: number[], count = 10) {
  const history = Array.from({ length: count }, (_, index) => ({ id: `m${index}` }));
  return (request: Request) => {
    const { searchParams } = new URL(request.url);
    const [skip, limit] = [Number(searchParams.get("skip") ?? 0), Number(searchParams.get("limit"))];
    const end = Math.max(0, history.length - skip);
    const page = json({ data: { history: history.slice(Math.max(0, end - limit), end), total: history.length } });
    for (let more = growth.shift() ?? 0; more > 0; more -= 1) history.push({ id: `m${history.length}` });
    return page;
  };
}

for (const [limit, skip, growth] of [[4, 0, [6]], [1, 0, [2]], [1, 0, [2, 0, 3, 1]], [3, 2, [7]], [2, 0, [1, 1, 1, 1]]] as const) {
  test(`a list from its end, which grows: ${limit} a page from ${skip}, ${growth} more`, async () => {
    const server = growing([...growth]);
    const { client } = clientOf(Array.from({ length: 30 }, () => server));
    const list = client.getRecentSessionHistory({ session_id: "s", limit, skip });
    const ids = (await listed(list)).map(({ id }) => id);
    assert.deepEqual(ids, Array.from({ length: 10 - skip }, (_, index) => `m${9 - skip - index}`));
  });
}

test("an item comes once, however far it moves while pages are read", async () => {
  const page = (...names: string[]) => json({ data: names.map((session_id) => ({ session_id })) });
  const { client } = clientOf([page("b", "a"), page("x", "y"), page("b", "a"), page("c", "y"), page("d")]);
  const found = await listed(client.listTeamSessions({ limit: 2 }));
  assert.deepEqual(found.map(({ session_id }) => session_id), ["b", "a", "x", "y", "c", "d"]);
});

test("a call is a promise like others", async () => {
  const { client } = clientOf([json({ status: "ok" }), json({ status: "ready" }), json({}, 404)]);
  let ended = 0;
  const [health, ready] = await Promise.all([client.checkHealth(), client.checkReadiness()]);
  assert.deepEqual([health.status, ready.status], ["ok", "ready"]);
  const caught = await client.getAgent({ agent_id: "a" }).finally(() => (ended += 1)).catch((error) => error.status);
  assert.deepEqual([caught, ended], [404, 1]);
});
