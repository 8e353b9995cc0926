import { PalaverError } from "./errors.ts";

/** A file to send: a `Blob` or `File`, or bytes with a name. */
export type Upload = Blob | Uint8Array | ArrayBuffer | NamedUpload;

export interface NamedUpload {
  readonly data: Blob | Uint8Array | ArrayBuffer;
  readonly name?: string;
  readonly type?: string;
}

/** How far an upload has come, in bytes of the request's body. */
export interface Progress {
  readonly loaded: number;
  readonly total: number;
}

/** How much of an upload is in memory at once. */
const PIECE = 256 * 1024;

/** A multipart body (RFC 7578). Absent and null members are left out. */
export function formOf(body: unknown): FormData {
  if (typeof body !== "object" || body === null) {
    throw new PalaverError("The body of an upload is an object.");
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    for (const each of Array.isArray(value) ? value : [value]) append(form, name, each);
  }
  return form;
}

/** What is sent for an upload that is the whole body. */
export function blobOf(upload: unknown): Blob {
  if (upload instanceof Blob) return upload;
  if (isBytes(upload)) return new Blob([upload as BlobPart]);
  if (isNamed(upload)) {
    const type = upload.type ?? (upload.data instanceof Blob ? upload.data.type : "");
    return new Blob([upload.data as BlobPart], { type });
  }
  throw new PalaverError("A file is a Blob, a File, bytes, or {data, name, type}.");
}

/**
 * A form as one `Blob` and its media type, so that its size is known and its pieces can be counted.
 * Files stay where they are until they are read. (HTML, "Multipart form data".)
 */
export function encoded(form: FormData): Blob {
  const boundary = `palaver-${randomKey()}`;
  const parts: BlobPart[] = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"`;
    if (typeof value === "string") {
      parts.push(`${head}\r\n\r\n${value.replace(/\r?\n|\r/g, "\r\n")}\r\n`);
    } else {
      const type = value.type || "application/octet-stream";
      parts.push(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`);
      parts.push(value, "\r\n");
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return new Blob(parts, { type: `multipart/form-data; boundary=${boundary}` });
}

/**
 * The bytes of a `Blob`, read as they are taken, each piece told to `onProgress`, until `end`: servers
 * may answer before they have all of an upload, and nothing else would keep the rest from being sent.
 * The stream fails with a `PalaverError` where the `Blob` cannot be read.
 */
export function counted(
  blob: Blob,
  onProgress: (progress: Progress) => void,
  end: AbortSignal,
): ReadableStream<Uint8Array> {
  let loaded = 0;
  const source: UnderlyingDefaultSource<Uint8Array> = {
    start(controller) {
      end.addEventListener("abort", () => controller.error(end.reason), { once: true });
    },
    async pull(controller) {
      const piece = await bytesOf(blob.slice(loaded, loaded + PIECE));
      if (end.aborted) return;
      loaded += piece.byteLength;
      if (piece.byteLength > 0) controller.enqueue(new Uint8Array(piece));
      if (loaded >= blob.size) controller.close();
      onProgress({ loaded, total: blob.size });
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** Files of the disk may have gone, or be others, by the time that they are read. */
async function bytesOf(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    throw new PalaverError("The file to send cannot be read.", { cause });
  }
}

/** Passes on only what goes forward: a retry begins anew, a progress bar does not. */
export function forward<P extends { readonly loaded: number }>(
  onProgress: (progress: P) => void,
): (progress: P) => void {
  let most = -1;
  return (progress) => {
    if (progress.loaded <= most) return;
    most = progress.loaded;
    onProgress(progress);
  };
}

/**
 * `fetch` by `XMLHttpRequest`, the only way by which browsers tell how far an upload is.
 * The answer is read as a whole.
 */
export function send(
  url: string,
  init: RequestInit & { readonly headers: Headers },
  onProgress: (progress: Progress) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(init.method ?? "GET", url);
    request.responseType = "arraybuffer";
    request.withCredentials = init.credentials === "include";
    init.headers.forEach((value, name) => request.setRequestHeader(name, value));
    request.upload.onprogress = ({ loaded, total }) => onProgress({ loaded, total });
    request.onload = () => {
      const headers = new Headers();
      for (const line of request.getAllResponseHeaders().trim().split(/[\r\n]+/)) {
        const colon = line.indexOf(":");
        if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
      }
      const empty = request.status === 204 || request.status === 304;
      const body = empty ? null : (request.response as ArrayBuffer);
      resolve(new Response(body, { status: request.status, headers }));
    };
    request.onerror = () => reject(new TypeError("the request failed"));
    request.onabort = () => reject(init.signal?.reason);
    init.signal?.addEventListener("abort", () => request.abort(), { once: true });
    if (init.signal?.aborted) reject(init.signal.reason);
    else request.send(init.body as XMLHttpRequestBodyInit);
  });
}

/** A key that nobody else has; also where pages are not served over HTTPS. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function append(form: FormData, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (value instanceof Blob) {
    // A `File` brings its name; a form gives a nameless `Blob` the name "blob".
    form.append(name, value);
  } else if (isBytes(value)) {
    form.append(name, blobOf(value));
  } else if (isNamed(value)) {
    const blob = blobOf(value);
    form.append(name, blob, value.name ?? (value.data instanceof File ? value.data.name : "blob"));
  } else {
    form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
}

function isBytes(value: unknown): value is Uint8Array | ArrayBuffer {
  return value instanceof Uint8Array || value instanceof ArrayBuffer;
}

function isNamed(value: unknown): value is NamedUpload {
  if (typeof value !== "object" || value === null || !("data" in value)) return false;
  return value.data instanceof Blob || isBytes(value.data);
}

function escaped(name: string): string {
  return name.replace(/\r?\n|\r/g, "%0D%0A").replaceAll('"', "%22");
}
