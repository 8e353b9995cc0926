/** Files that the server made, saved by the browser. */

/** @import { Download } from "./vendor/palaver-client.min.js" */

/**
 * @param {Download} download
 * @param {string} otherwise the name where the server gave none
 */
export async function saved(download, otherwise) {
  const address = URL.createObjectURL(await download.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = download.name ?? otherwise;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken it over by the next task, and needs the address no longer after a while.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
