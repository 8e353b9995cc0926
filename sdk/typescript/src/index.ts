/** A client of Palaver for Node and browsers. */
export { Call, PagedCall } from "./call.ts";
export type { Answer, CallOptions } from "./call.ts";
export { Palaver } from "./client.ts";
export { Download } from "./download.ts";
export * from "./errors.ts";
export type * from "./generated/calls.ts";
export { CONTRACT_VERSION } from "./generated/operations.ts";
export type * from "./generated/schemas.ts";
export type { PalaverOptions, Token } from "./settings.ts";
export { EventStream } from "./stream.ts";
export type { NamedUpload, Progress, Upload } from "./uploads.ts";
