/** The pictures of a session's slides: sent to the server, and shown as it has them. */
import { wordsOf } from "../errors.js";

/** @import { Desk } from "../desk.js" */
/** @import { Pictures } from "./picture.js" */

/**
 * @param {Desk} desk
 * @param {string} session_id
 * @returns {Pictures}
 */
export function picturesOf({ client, sender }, session_id) {
  return {
    send: async (file, onProgress) => {
      const onUploadProgress = (/** @type {{loaded: number, total: number}} */ at) =>
        onProgress(at.loaded / at.total);
      const input = { session_id, body: { file } };
      return (await sender.uploadSlideImage(input, { onUploadProgress })).image_id;
    },
    address: async (image_id) => {
      const download = await client.getSlideImage({ session_id, image_id });
      return dataAddress(await download.blob());
    },
    wordsOf,
  };
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function dataAddress(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
