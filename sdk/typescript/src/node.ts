/** Files of the disk, for Node. */
import { openAsBlob } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename } from "node:path";

import type { Download } from "./download.ts";
import { randomKey } from "./uploads.ts";
import type { Progress } from "./uploads.ts";

/** A file to upload; it is read as it is sent, never as a whole. */
export async function fileFrom(
  path: string,
  options: { readonly name?: string; readonly type?: string } = {},
): Promise<File> {
  const { name = basename(path), type = "" } = options;
  return new File([await openAsBlob(path)], name, { type });
}

/**
 * Save a download. The file is there when all of it is: until then it has another name, and what
 * there was under `path` stays.
 */
export async function saveTo(
  download: Download,
  path: string,
  onProgress?: (progress: Partial<Progress> & Pick<Progress, "loaded">) => void,
): Promise<void> {
  const part = `${path}.${randomKey()}.part`;
  const file = await open(part, "wx");
  try {
    let loaded = 0;
    for await (const piece of download) {
      await file.writeFile(piece);
      loaded += piece.byteLength;
      onProgress?.(download.size === undefined ? { loaded } : { loaded, total: download.size });
    }
    await file.sync();
    await file.close();
    await rename(part, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}
