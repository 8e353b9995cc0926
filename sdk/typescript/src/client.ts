import { begin } from "./call.ts";
import type { CallOptions } from "./call.ts";
import type { Operations } from "./generated/calls.ts";
import { operations } from "./generated/operations.ts";
import type { Input } from "./operation.ts";
import { settingsOf } from "./settings.ts";
import type { PalaverOptions, Settings } from "./settings.ts";

/** A client of one server, with one method for each operation of the contract. */
export interface Palaver extends Operations {}

export class Palaver {
  readonly #settings: Settings;

  /** Throws `PalaverError` for options that cannot work. */
  constructor(options: PalaverOptions = {}) {
    this.#settings = settingsOf(options);
  }

  static {
    for (const [name, operation] of Object.entries(operations)) {
      Object.defineProperty(this.prototype, name, {
        // As methods of classes are, so that tests of callers can replace one.
        configurable: true,
        writable: true,
        value(this: Palaver, input?: Input, options?: CallOptions) {
          return begin(this.#settings, operation, input, options);
        },
      });
    }
  }
}
