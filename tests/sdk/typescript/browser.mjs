// What a page does with the client; the page's own server is the one that it talks to.
import { NotFoundError, Palaver } from "/client/index.ts";
import { Palaver as Books } from "/books-client/index.ts";

async function listed(source) {
  const found = [];
  for await (const each of source) found.push(each);
  return found;
}

async function done() {
  const told = {};
  const { token } = Object.fromEntries(new URLSearchParams(location.search));
  const client = new Palaver({ token });
  const session = await client.createSession({ body: { title: "In a browser" } });
  const stream = await client.sendSessionMessage(
    { session_id: session.session_id, body: { message: "What is the capital of France?" } },
    { stream: true },
  );
  told.events = await listed(stream);
  const again = { session_id: session.session_id, run_id: stream.runId };
  told.again = await listed(await client.streamRunEvents(again));
  const left = await client.streamRunEvents(again);
  for await (const event of left) {
    left.close();
    told.left = event.type;
  }
  told.titles = (await listed(client.listSessions({ limit: 1 }))).map((each) => each.title);
  const error = await client.getSession({ session_id: "nowhere" }).catch((error) => error);
  told.error = [error instanceof NotFoundError, error.code, typeof error.requestId];

  const { session_id } = session;
  const pixels = await fetch("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAFUlEQVR4nGM8ISfHwMDAwMDAxAADABMuAQhqwGVhAAAAAElFTkSuQmCC");
  const image = await client.uploadSlideImage(
    { session_id, body: { file: new File([await pixels.blob()], "red.png") } },
    { onUploadProgress: ({ loaded, total }) => (told.image = loaded / total) },
  );
  const { data: slide, headers } = await client
    .insertSlide({
      session_id,
      if_match: "*",
      body: { content: { layout: "image", title: "Red", image_id: image.image_id, alt: "Red" } },
    })
    .withResponse();
  const late = client.deleteSlide({ session_id, slide_id: slide.slide_id, if_match: '"deck-0"' });
  told.late = await late.catch((error) => [error.name, error.code]);
  await client.deleteSlide({ session_id, slide_id: slide.slide_id, if_match: headers.get("ETag") });
  await client.undoDeckChange({ session_id, if_match: "*" });
  const file = await client.exportSession({ session_id, format: "pdf" });
  told.exported = [file.name, file.type, (await (await file.blob()).slice(0, 4).text())];

  const books = new Books({ username: "jürgen", password: "pass:wörd" });
  told.progress = [];
  const large = new File([new Uint8Array(3_000_000)], "Bücher.pdf", { type: "application/pdf" });
  const onUploadProgress = (progress) => told.progress.push(progress);
  told.book = await books.uploadBook({ body: { file: large, title: "Größe" } }, { onUploadProgress });
  const abort = new AbortController();
  abort.abort("enough");
  const { signal } = abort;
  told.aborted = await books
    .uploadBook({ body: { file: large } }, { onUploadProgress, signal })
    .catch((reason) => reason);
  const download = await books.downloadBook({ bookId: "b1" });
  told.download = [download.name, download.size, (await download.blob()).size];
  const missing = await books.downloadBook({ bookId: "gone" }).catch((error) => error);
  told.missing = [missing.status, missing.message];
  return told;
}

const told = await done().catch((error) => ({ failure: `${error}\n${error.stack}` }));
await fetch("/told", { method: "POST", body: JSON.stringify(told) });
