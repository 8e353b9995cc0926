/** A turn: sent once, followed to its end, found again after a reload, and stopped on request. */
import { isAway } from "../errors.js";
import { keptName } from "../kept.js";
import { ConflictError, NotFoundError } from "../vendor/palaver-client.min.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../vendor/palaver-client.min.js").RunEvent} RunEvent */
/** @typedef {import("../vendor/palaver-client.min.js").EventStream<RunEvent>} Events */

/** The turns of one session, one at a time. */
export class Turns {
  #desk;
  #sessionId;
  /** Where the browser keeps which run of the session it follows. */
  #key;
  #hear;
  #runId = "";
  #last = 0;
  #closed = false;
  /** @type {Events | undefined} */
  #events;
  #abort = new AbortController();

  /**
   * @param {Desk} desk
   * @param {string} sessionId
   * @param {(event: RunEvent) => void} hear is told every event once, in order
   */
  constructor(desk, sessionId, hear) {
    this.#desk = desk;
    this.#sessionId = sessionId;
    this.#key = keptName(desk, "run", sessionId);
    this.#hear = hear;
  }

  /** The name under which the browser keeps the run; other windows see it change. */
  get key() {
    return this.#key;
  }

  get isRunning() {
    return this.#runId !== "";
  }

  /**
   * Send a message, and follow the answer to its end. Throws when it was not taken.
   *
   * @param {string} message
   * @param {string} key the same for the same message, however often it is tried
   * @param {() => void} taken
   */
  async send(message, key, taken) {
    const events = await this.#desk.client.sendSessionMessage(
      { session_id: this.#sessionId, body: { message } },
      { stream: true, idempotencyKey: key, signal: this.#abort.signal },
    );
    taken();
    await this.#follow(events.runId ?? "", events);
  }

  /**
   * Follow a run that another page began, or this one before it was loaded again.
   *
   * @param {string} runId
   */
  async resume(runId) {
    this.#last = 0;
    await this.#follow(runId, undefined);
  }

  /**
   * The run that goes on in the session, if one does. What this browser followed last is looked at
   * first. A message that is being written tells its run too, but the server has to read for it.
   *
   * @param {boolean} isWritten whether a message is being written
   * @returns {Promise<string>}
   */
  async running(isWritten) {
    const session_id = this.#sessionId;
    const runId = remembered(this.#key);
    if (runId) {
      const run = await this.#desk.client
        .getRun({ session_id, run_id: runId })
        .catch((error) => (error instanceof NotFoundError ? undefined : Promise.reject(error)));
      if (run?.status === "running") return runId;
      remember(this.#key, "");
    }
    if (!isWritten) return "";
    for await (const message of this.#desk.client.listSessionMessages({ session_id })) {
      if (message.status === "in_progress" && message.run_id) return message.run_id;
    }
    return "";
  }

  /** Stop the answer; what there is of it stays. */
  async cancel() {
    if (!this.#runId) return;
    try {
      await this.#desk.client.cancelRun({ session_id: this.#sessionId, run_id: this.#runId });
    } catch (error) {
      // It has ended by itself in the meantime.
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  /** Listen no more; the turn goes on. */
  close() {
    this.#closed = true;
    this.#events?.close();
    this.#abort.abort();
  }

  /** @param {string} runId @param {Events | undefined} events */
  async #follow(runId, events) {
    this.#runId = runId;
    this.#last = 0;
    remember(this.#key, runId);
    try {
      while (!this.#closed && !(await this.#read(events))) {
        await this.#back();
        events = undefined;
      }
      if (!this.#closed) remember(this.#key, "");
    } finally {
      this.#runId = "";
      this.#events = undefined;
    }
  }

  /**
   * Read to the end. Returns false where the server went away before.
   *
   * @param {Events | undefined} events
   */
  async #read(events) {
    try {
      events ??= await this.#desk.client.streamRunEvents(
        { session_id: this.#sessionId, run_id: this.#runId, last_event_id: this.#last },
        { signal: this.#abort.signal },
      );
      this.#events = events;
      for await (const event of events) {
        this.#last = events.lastEventId;
        this.#hear(event);
      }
      return true;
    } catch (error) {
      if (this.#closed) return true;
      if (!isAway(error)) throw error;
      if (events) this.#last = Math.max(this.#last, events.lastEventId);
      this.#desk.fail(error, "The answer goes on as soon as the server is back.");
      return false;
    }
  }

  /** @returns {Promise<void>} */
  #back() {
    if (!this.#desk.isAway) return Promise.resolve();
    return new Promise((resolve) => {
      this.#desk.addEventListener("back", () => resolve(), { once: true });
      this.#abort.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}

/** @param {string} key */
function remembered(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} value */
function remember(key, value) {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing asks the server for the run.
  }
}
