/** Everything that this package throws by itself. */
export class PalaverError extends Error {
  // Said, not taken from the class: minifiers rename classes.
  override readonly name: string = "PalaverError";
}

/** The server could not be reached, or the connection broke. */
export class ConnectionError extends PalaverError {
  override readonly name: string = "ConnectionError";
}

/** Nothing came for longer than `timeout`. */
export class ConnectionTimeoutError extends ConnectionError {
  override readonly name: string = "ConnectionTimeoutError";
}

/** The server answered something that the contract does not promise. */
export class ResponseError extends PalaverError {
  override readonly name: string = "ResponseError";
  readonly status: number;
  readonly requestId: string | undefined;

  constructor(message: string, response: Response, options?: ErrorOptions) {
    super(message, options);
    this.status = response.status;
    this.requestId = requestIdOf(response);
  }
}

/** One thing that is not valid; `pointer` is a JSON Pointer into the request. */
export interface InvalidPart {
  readonly pointer: string;
  readonly message: string;
}

/** The server refused the request or failed. Each status of the contract has a class of its own. */
export class ApiError extends PalaverError {
  override readonly name: string = "ApiError";
  readonly status: number;
  /** For programs, such as `session_not_found`; absent where the server gave none. */
  readonly code: string | undefined;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** What is not valid, for validation failures. */
  readonly errors: readonly InvalidPart[];
  /** Milliseconds that the server asks to wait before the next try. */
  readonly retryAfter: number | undefined;
  readonly headers: Headers;
  /** The body: an object as the contract describes it, or the text of whatever answered. */
  readonly body: unknown;

  constructor(response: Response, body: unknown) {
    const said = sayingsOf(body);
    super(said.message ?? `The server answered with ${response.status}.`);
    this.status = response.status;
    this.code = said.code;
    this.requestId = requestIdOf(response);
    this.errors = said.errors;
    this.retryAfter = retryAfterOf(response.headers);
    this.headers = response.headers;
    this.body = body;
  }

  /** Whether the answer has a shape of the contract; what a gateway says has none. */
  get documented(): boolean {
    if (!isObject(this.body)) return false;
    const { type, title, error } = this.body;
    return typeof error === "string" || (typeof type === "string" && typeof title === "string");
  }
}

export class BadRequestError extends ApiError {
  override readonly name: string = "BadRequestError";
}
export class AuthenticationError extends ApiError {
  override readonly name: string = "AuthenticationError";
}
export class PermissionDeniedError extends ApiError {
  override readonly name: string = "PermissionDeniedError";
}
export class NotFoundError extends ApiError {
  override readonly name: string = "NotFoundError";
}
export class MethodNotAllowedError extends ApiError {
  override readonly name: string = "MethodNotAllowedError";
}
export class NotAcceptableError extends ApiError {
  override readonly name: string = "NotAcceptableError";
}
export class RequestTimeoutError extends ApiError {
  override readonly name: string = "RequestTimeoutError";
}
export class ConflictError extends ApiError {
  override readonly name: string = "ConflictError";
}
export class GoneError extends ApiError {
  override readonly name: string = "GoneError";
}
/** What an `If-Match` names has changed meanwhile; nothing was done. */
export class PreconditionFailedError extends ApiError {
  override readonly name: string = "PreconditionFailedError";
}
export class PayloadTooLargeError extends ApiError {
  override readonly name: string = "PayloadTooLargeError";
}
export class UnsupportedMediaTypeError extends ApiError {
  override readonly name: string = "UnsupportedMediaTypeError";
}
export class UnprocessableEntityError extends ApiError {
  override readonly name: string = "UnprocessableEntityError";
}
export class PreconditionRequiredError extends ApiError {
  override readonly name: string = "PreconditionRequiredError";
}
export class RateLimitError extends ApiError {
  override readonly name: string = "RateLimitError";
}
/** Any status from 500 on. */
export class ServerError extends ApiError {
  override readonly name: string = "ServerError";
}
export class InternalServerError extends ServerError {
  override readonly name: string = "InternalServerError";
}
export class BadGatewayError extends ServerError {
  override readonly name: string = "BadGatewayError";
}
export class ServiceUnavailableError extends ServerError {
  override readonly name: string = "ServiceUnavailableError";
}
export class GatewayTimeoutError extends ServerError {
  override readonly name: string = "GatewayTimeoutError";
}

/** The class of each status. */
export const errorClasses: Readonly<Record<number, typeof ApiError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  405: MethodNotAllowedError,
  406: NotAcceptableError,
  408: RequestTimeoutError,
  409: ConflictError,
  410: GoneError,
  412: PreconditionFailedError,
  413: PayloadTooLargeError,
  415: UnsupportedMediaTypeError,
  422: UnprocessableEntityError,
  428: PreconditionRequiredError,
  429: RateLimitError,
  500: InternalServerError,
  502: BadGatewayError,
  503: ServiceUnavailableError,
  504: GatewayTimeoutError,
};

/** The error of an answer, with the text of its body. */
export function errorOf(response: Response, text: string): ApiError {
  const fallback = response.status >= 500 ? ServerError : ApiError;
  return new (errorClasses[response.status] ?? fallback)(response, parsed(text));
}

/** The id that the server gave the request. */
export function requestIdOf(response: Response): string | undefined {
  return response.headers.get("X-Request-Id") ?? undefined;
}

/** The three ways to write one (RFC 9110, 5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]+,? .+ \d\d:\d\d:\d\d (GMT|\d{4})$/;

/** Milliseconds until the next try (RFC 9110, 10.2.3); `undefined` where nothing usable is said. */
function retryAfterOf(headers: Headers): number | undefined {
  const said = headers.get("Retry-After")?.trim();
  if (!said) return undefined;
  if (/^\d+$/.test(said)) return Number(said) * 1000;
  // `Date.parse` finds a date in almost anything, and takes one without a zone for local time.
  if (!HTTP_DATE.test(said)) return undefined;
  const moment = Date.parse(said.replace(/( GMT)?$/, " GMT"));
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - Date.now());
}

interface Sayings {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly errors: readonly InvalidPart[];
}

/** What the three shapes say: problem details, `{message, error}` and `{error}`. */
function sayingsOf(body: unknown): Sayings {
  if (!isObject(body)) return { message: undefined, code: undefined, errors: [] };
  const errors = partsOf(body["errors"]);
  const error = textOf(body["error"]);
  if (typeof body["title"] === "string") {
    const kind = textOf(body["type"])?.split(":").at(-1)?.replaceAll("-", "_");
    const parts = errors.map(({ pointer, message }) => `${pointer}: ${bare(message)}`).join("; ");
    const more = parts ? `${parts}.` : textOf(body["detail"]);
    const message = more === undefined ? body["title"] : `${bare(body["title"])}. ${more}`;
    return { message, code: kind, errors };
  }
  const message = textOf(body["message"]);
  // Where `error` stands alone, it is the sentence.
  if (message === undefined) return { message: error, code: undefined, errors };
  return { message, code: error, errors };
}

function partsOf(said: unknown): InvalidPart[] {
  const parts: unknown[] = Array.isArray(said) ? said : [];
  return parts.filter((each) => isObject(each) && textOf(each["message"])) as InvalidPart[];
}

function bare(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
