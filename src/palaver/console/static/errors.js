/** What went wrong, in people's words. */
import {
  ApiError,
  ConnectionError,
  ConnectionTimeoutError,
  ResponseError,
} from "./vendor/palaver-client.min.js";

/** @type {Record<number, string>} */
const WORDS = {
  400: "The server does not understand this request.",
  401: "You are not signed in any more.",
  403: "You may not do this.",
  404: "This is not there any more.",
  408: "It took too long to arrive.",
  409: "Something else is in the way.",
  410: "This is not kept any more.",
  412: "It has changed meanwhile. Look at it again, and try once more.",
  413: "This is too large.",
  415: "The server does not take this kind of file.",
  422: "The server cannot do this as it was asked.",
  429: "That was too much at once. Try again in a moment.",
  500: "The server failed. Try again; if it stays, tell whoever runs it.",
  502: "The language model did not answer as it should. Try again.",
  503: "The server cannot do this at the moment. Try again soon.",
  504: "The server took too long to answer.",
};

const AWAY = "The server cannot be reached.";

/** Where in a request something stands, which nobody sees who did not write it. */
const PLACES = new Set(["body", "query", "path", "header"]);

/** @type {Record<string, string>} */
const CODES = {
  session_busy: "An answer is being written in this session. Wait for its end, or stop it.",
  session_not_found: "This session is not there any more.",
  store_unavailable: "The server cannot reach its database. Try again soon.",
  shutting_down: "The server is about to restart. Try again in a moment.",
};

/**
 * One or two sentences about an error, with the id of the request where there is one.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function wordsOf(error) {
  const { words, requestId } = told(error);
  return requestId ? `${words} (request ${requestId})` : words;
}

/**
 * The same in its parts.
 *
 * @param {unknown} error
 * @returns {{ words: string, requestId: string | undefined }}
 */
export function told(error) {
  if (error instanceof ConnectionTimeoutError) {
    return { words: "The server does not answer.", requestId: undefined };
  }
  if (error instanceof ConnectionError) {
    return { words: AWAY, requestId: undefined };
  }
  if (error instanceof ResponseError) {
    return { words: "The server's answer makes no sense.", requestId: error.requestId };
  }
  if (error instanceof ApiError) return { words: ofAnswer(error), requestId: error.requestId };
  return { words: error instanceof Error ? error.message : String(error), requestId: undefined };
}

/** @param {ApiError} error */
function ofAnswer(error) {
  const known = error.code && CODES[error.code];
  if (known) return known;
  // What a gateway says of itself is no matter of the model's: the server is not there.
  if (!error.documented && isAway(error)) return AWAY;
  // What the server says itself is nearer to the matter than what can be said of a status.
  const own = error.documented && error.status !== 401 && error.status < 500 && error.message;
  const first = error.errors[0];
  if (first && own) {
    // The message names all parts, and by their pointers.
    const { title } = /** @type {{ title: string }} */ (error.body);
    return `${title} ${partOf(first.pointer)}${first.message}`;
  }
  return own || WORDS[error.status] || `The server answered with ${error.status}.`;
}

/**
 * Which part of a request is meant, as people say it: its own name, with the number of its place.
 *
 * @param {string} pointer a JSON Pointer such as `/body/slides/0/title`
 */
function partOf(pointer) {
  const parts = pointer.split("/").slice(1).filter((part) => part && !PLACES.has(part));
  const words = parts.map((part) => {
    const text = part.replaceAll("~1", "/").replaceAll("~0", "~").replaceAll("_", " ");
    // People count from one.
    return /^\d+$/.test(text) ? String(Number(text) + 1) : text;
  });
  const name = words.join(" ");
  return name && `${name.charAt(0).toUpperCase()}${name.slice(1)}: `;
}

/** Refusals that are over as soon as the server is well again. */
const OUTAGES = new Set(["store_unavailable", "shutting_down", "key_server_unavailable"]);

/**
 * Whether an error says that the server is away, and may come back.
 *
 * @param {unknown} error
 */
export function isAway(error) {
  if (error instanceof ConnectionError) return true;
  if (!(error instanceof ApiError)) return false;
  // A gateway in front of it says so in words of its own.
  return error.documented ? OUTAGES.has(error.code ?? "") : [502, 503, 504].includes(error.status);
}
