/** The head of the library's pages: what it is, the way between them, and who may change it. */
import { linkCommand } from "../command.js";
import { element } from "../element.js";

/**
 * @param {"Books" | "Topics"} title
 * @param {string} about
 * @param {import("../session.js").User} user administrators may change it
 */
export function libraryHead(title, about, user) {
  const link = (/** @type {string} */ name) => {
    const current = name === title ? "page" : undefined;
    return element("a", { href: `#/${name.toLowerCase()}`, "aria-current": current }, name);
  };
  return element(
    "header",
    { class: "page-head" },
    element("h1", {}, title),
    element("nav", { class: "tabs", "aria-label": "Library" }, link("Books"), link("Topics")),
    element("p", { class: "hint" }, about),
    !user.admin &&
      element(
        "p",
        { class: "remark" },
        "The library is everybody’s, so only administrators change it. You can read it and ask " +
          "about it. Whoever runs the server signs you in as one with ",
        element("code", {}, linkCommand(user.name, true)),
        ".",
      ),
  );
}
