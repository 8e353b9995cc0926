export * from "../../../../../sdk/typescript/src/index.ts";
