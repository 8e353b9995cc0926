/** Files of the disk, for Node. */
import { openAsBlob } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import type { Download } from "./download.ts";
import { PalaverError } from "./errors.ts";
import { forward, randomKey } from "./uploads.ts";
import type { Progress } from "./uploads.ts";

/**
 * A file to upload; it is read as it is sent, never as a whole. Throws what Node does where there is
 * none, and a `PalaverError` for what is no file, such as a folder.
 */
export async function fileFrom(
  path: string,
  options: { readonly name?: string; readonly type?: string } = {},
): Promise<File> {
  const { name = basename(path), type = "" } = options;
  if (!(await stat(path)).isFile()) throw new PalaverError(`${path} is no file.`);
  return new File([await openAsBlob(path)], name, { type });
}

/**
 * Save a download. The file is there when all of it is: until then it has another name, and what
 * there was under `path` stays. Where the connection breaks, it is asked for again if that does no
 * harm. Throws a `ConnectionError` where not all of it came.
 */
export async function saveTo(
  download: Download,
  path: string,
  onProgress?: (progress: Partial<Progress> & Pick<Progress, "loaded">) => void,
): Promise<void> {
  // Not made of the file's own name, which may be as long as names can be.
  const part = join(dirname(path), `.palaver-${randomKey()}.part`);
  const tell = onProgress && forward(onProgress);
  try {
    await download.whole(async (pieces) => {
      const file = await open(part, "w");
      try {
        let loaded = 0;
        for await (const piece of pieces) {
          await file.writeFile(piece);
          loaded += piece.byteLength;
          tell?.(download.size === undefined ? { loaded } : { loaded, total: download.size });
        }
        await file.sync();
      } finally {
        await file.close();
      }
    });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
