// What Scalar leaves out for people who use a keyboard, or listen.

/**
 * What to look for, and what to do with it, once for each.
 * @type {[string, (found: HTMLElement) => void][]}
 */
const MENDINGS = [
  [".scalar-code-copy:not([aria-label])", (button) => button.setAttribute("aria-label", "Copy")],
  // What scrolls can be reached.
  [
    "code.custom-scroll:not([tabindex]), ul.endpoints:not([tabindex])",
    (box) => {
      box.tabIndex = 0;
    },
  ],
  // What is said begins with what is seen.
  [
    '.show-more[aria-label^="Show all"]',
    (button) => {
      const label = button.getAttribute("aria-label") ?? "";
      button.setAttribute("aria-label", label.replace("Show all", "Show More:"));
    },
  ],
];

/**
 * Mends what is there, and what will be.
 * @param {HTMLElement} root
 */
export function mend(root) {
  const look = () => {
    for (const [selector, repair] of MENDINGS) {
      for (const found of root.querySelectorAll(selector)) {
        repair(/** @type {HTMLElement} */ (found));
      }
    }
  };
  let isDue = false;
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      look();
    });
  }).observe(root, { childList: true, subtree: true });
  look();
}
