/** Files that go to a server and come from it. */
import assert from "node:assert/strict";
import { mkdtemp, open, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import * as sdk from "../../../sdk/typescript/src/index.ts";
import { fileFrom, saveTo } from "../../../sdk/typescript/src/node.ts";
import { clientOf, json, listed } from "./answers.mts";

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

/** A server that answers uploads before it has read them, and what it got of each. */
async function hasty<T>(answers: number[], use: (url: string, got: Promise<number>[]) => Promise<T>): Promise<T> {
  const got: Promise<number>[] = [];
  const server = createServer((request, response) => {
    const status = answers.shift() ?? 201;
    let received = 0;
    request.on("data", (piece: Buffer) => (received += piece.length));
    request.on("error", () => undefined);
    got.push(new Promise((resolve) => request.socket.on("close", () => resolve(received))));
    const say = () => response.writeHead(status, { "Content-Type": "application/json", "Retry-After": "0", Connection: "close" }).end('{"error": "No."}');
    if (status < 300) request.on("end", say);
    else request.once("data", say);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, got);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("an upload ends when it is refused, and tells no more", async () => {
  const size = 32 * 1024 * 1024;
  for (const status of [401, 413]) {
    await hasty([status], async (baseUrl, got) => {
      const client = new sdk.Palaver({ baseUrl, password: "p" });
      let told = 0;
      const body = { file: new File([new Uint8Array(size)], "a.pdf") };
      const upload = client.uploadBook({ body }, { onUploadProgress: () => (told += 1) });
      await assert.rejects(upload, { status });
      const before = told;
      const received = await got[0];
      assert.ok(Number(received) < size / 2, `${received} bytes`);
      // By the time that another one is through, so would be this one.
      await client.uploadBook({ body });
      assert.equal(told, before);
    });
  }
});

test("the bytes of an upload end with its connection", async () => {
  const { counted } = await import("../../../sdk/typescript/src/uploads.ts");
  const end = new AbortController();
  let told = 0;
  const bytes = counted(new Blob([new Uint8Array(1_000_000)]), () => (told += 1), end.signal).getReader();
  await bytes.read();
  const next = bytes.read();
  end.abort("refused");
  await assert.rejects(next, (error) => error === "refused");
  await assert.rejects(bytes.read(), (error) => error === "refused");
  assert.equal(told, 1);
});

test("an upload that is tried again is sent once at a time", async () => {
  const size = 32 * 1024 * 1024;
  await hasty([503], async (baseUrl, got) => {
    const client = new sdk.Palaver({ baseUrl, password: "p" });
    const body = { file: new File([new Uint8Array(size)], "a.pdf") };
    await client.uploadBook({ body });
    const [refused, taken] = await Promise.all(got);
    assert.ok(Number(refused) < size / 2, `${refused} bytes`);
    assert.ok(Number(taken) > size, `${taken} bytes`);
  });
});

test("what is no file cannot be uploaded", async () => {
  const folder = await mkdtemp(join(tmpdir(), "client-"));
  try {
    await assert.rejects(fileFrom(folder), (error) => {
      return error instanceof sdk.PalaverError && error.message.includes(folder);
    });
    await assert.rejects(fileFrom(join(folder, "nothing")), { code: "ENOENT" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a file that cannot be read any more is no failure of the connection", async () => {
  const folder = await mkdtemp(join(tmpdir(), "client-"));
  try {
    const path = join(folder, "book.txt");
    await writeFile(path, "as it was");
    const file = await fileFrom(path);
    await writeFile(path, "something else by now");
    await hasty([], async (baseUrl, got) => {
      const client = new sdk.Palaver({ baseUrl, password: "p", retryDelay: 0 });
      await assert.rejects(client.uploadBook({ body: { file } }), (error) => {
        return error instanceof sdk.PalaverError && !(error instanceof sdk.ConnectionError) && /file/.test(error.message);
      });
      assert.ok(got.length <= 1);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("what a gateway says is no file", async () => {
  const page = () => new Response("<h1>Sign in</h1>", { headers: { "Content-Type": "text/html; charset=utf-8" } });
  const bare = () => new Response(new Uint8Array([1]));
  const value = () => json({ title: "none of a deck" });
  for (const answer of [page, bare, value]) {
    const { client } = clientOf([answer()]);
    await assert.rejects(client.exportSession({ session_id: "s", format: "pdf" }), sdk.ResponseError);
  }
  for (const answer of [page, bare]) {
    const { client } = clientOf([answer()]);
    await assert.rejects(client.getSessionTranscript({ session_id: "s" }), sdk.ResponseError);
  }
  // Nor is it where a file that was cut is asked for again.
  const { client } = clientOf([cut(), page()]);
  const image = await client.getSlideImage({ session_id: "s", image_id: "i" });
  await assert.rejects(image.blob(), sdk.ResponseError);
  const spelt = new Response("%PDF", { headers: { "Content-Type": 'Application/PDF ;version="2"' } });
  const file = await clientOf([spelt]).client.exportSession({ session_id: "s" });
  assert.equal(await file.text(), "%PDF");
});

/** An image that breaks off. */
function cut(): Response {
  const body = new ReadableStream(
    {
      start(controller) {
        controller.enqueue(new TextEncoder().encode("%P"));
      },
      pull: (controller) => controller.error(new Error("reset")),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "Content-Type": "image/png" } });
}

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
  const pdf = new Response(cut().body, { headers: { "Content-Type": "application/pdf" } });
  const exported = clientOf([pdf]);
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
