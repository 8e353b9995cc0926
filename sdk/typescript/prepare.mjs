/** Builds the package; on a clean checkout the tools for that are fetched first. */
import { execSync } from "node:child_process";
import { existsSync } from "node:fs";

/** @param {string} command */
const run = (command) => execSync(command, { stdio: "inherit" });

const tools = ["typescript", "esbuild"].map((name) => new URL(`node_modules/${name}`, import.meta.url));
// Without scripts, of which this one would be run again.
if (!tools.every((tool) => existsSync(tool))) run("npm install --ignore-scripts --no-audit --no-fund");
run("npm run build");
