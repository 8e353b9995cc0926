/** Who is signed in, and the short-lived tokens that the page gets for it. */
import { tellTabs } from "./tabs.js";
import { ConnectionError, Palaver, PalaverError } from "./vendor/palaver-client.min.js";

/** Nobody is signed in, or not any more, or it is somebody else. */
export class NotSignedIn extends PalaverError {
  /** @param {string} [message] */
  constructor(message = "You are not signed in any more.") {
    super(message);
  }
}

/** Milliseconds before its end at which a token is replaced. */
const SPARE = 60_000;

/** @typedef {{ name: string, admin: boolean }} User */

/** A sign-in: the user, and a client that always has a valid token. */
export class SignIn {
  #token = "";
  #until = 0;
  /** @type {Promise<void> | undefined} */
  #renewing;
  /** @type {User} */
  user = { name: "", admin: false };
  client = new Palaver({
    token: () => this.token(),
    fetch: (...request) => this.#fetch(...request),
    // A page says soon that the server is away, and looks for it by itself.
    maxReconnects: 2,
  });
  /** For files: of those that a `fetch` of somebody's own sends, nobody knows how far they are. */
  sender = new Palaver({ token: () => this.token() });
  /** Called when the sign-in has ended. */
  ended = () => {};
  /**
   * Called when the browser is signed in as another: what the page shows is not that user's.
   *
   * @type {(user: User) => void}
   */
  replaced = () => {};

  /**
   * A token that is valid for a while yet. Throws `NotSignedIn` and `ConnectionError`.
   *
   * @returns {Promise<string>}
   */
  async token() {
    if (Date.now() > this.#until) {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = undefined;
      });
      await this.#renewing;
    }
    return this.#token;
  }

  /** Forget the token, because the server takes it no more. */
  drop() {
    this.#until = 0;
  }

  /** See whether it is still the same user who is signed in; another tab may have changed that. */
  async check() {
    // What is on its way may have been given before.
    await this.#renewing?.catch(() => {});
    this.drop();
    // Whoever has to know is called; a server that is away is asked again by the next request.
    await this.token().catch(() => {});
  }

  /**
   * A request; where its token is refused, such as after a change of the server's secret, it is made
   * once more with a new one.
   *
   * @param {RequestInfo | URL} address
   * @param {RequestInit} [init]
   */
  async #fetch(address, init = {}) {
    const answer = await fetch(address, init);
    if (answer.status !== 401 || init.body instanceof ReadableStream) return answer;
    await answer.body?.cancel();
    this.drop();
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${await this.token()}`);
    return fetch(address, { ...init, headers });
  }

  /** End the sign-in, here and on the server. */
  async leave() {
    await this.#post("sign-out");
    this.drop();
    tellTabs("signed-out");
  }

  async #renew() {
    const given = await this.#post("token");
    const { name, admin } = this.user;
    if (name && (name !== given.user || admin !== given.admin)) {
      // A token of somebody else's would put this page's work into another account.
      this.drop();
      this.replaced({ name: given.user, admin: given.admin });
      throw new NotSignedIn("Somebody else signed in.");
    }
    this.#token = given.token;
    this.#until = Date.now() + given.expires_in * 1000 - SPARE;
    this.user = { name: given.user, admin: given.admin };
  }

  /**
   * @param {string} what
   * @returns {Promise<any>}
   */
  async #post(what) {
    let response;
    try {
      response = await fetch(`/console/${what}`, {
        method: "POST",
        credentials: "same-origin",
        headers: { "X-Palaver-Console": "1" },
      });
    } catch (cause) {
      throw new ConnectionError("The server cannot be reached.", { cause });
    }
    if (response.ok) return response.json();
    if (response.status >= 500) throw new ConnectionError("The server cannot work at the moment.");
    const problem = await response.json().catch(() => ({}));
    if (response.status === 401) this.ended();
    throw new NotSignedIn(response.status === 401 ? undefined : problem.title);
  }
}
