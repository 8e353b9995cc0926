import { linkCommand, quoted } from "./command.js";

// The first steps, with this server in the place of the one that everybody's documents have.
const steps = /** @type {HTMLElement} */ (document.getElementById("steps"));
steps.textContent = steps.innerText.replace("http://127.0.0.1:8000", () => quoted(location.origin));
const link = document.getElementById("link");
if (link) link.textContent = linkCommand();
