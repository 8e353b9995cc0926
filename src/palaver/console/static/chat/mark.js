/** What is read, marked, so that it stays where it is while what is above it changes. */

/** @typedef {{ message: Element, top: number }} Mark */

/**
 * The first message that is seen, and how far below the edge it begins.
 *
 * @param {Element} scroller
 * @param {Element} list
 * @param {Set<Element>} [those] that count, if not all do
 * @returns {Mark | undefined}
 */
export function seenFirst(scroller, list, those) {
  const edge = scroller.getBoundingClientRect().top;
  for (const message of list.querySelectorAll(":scope > .message")) {
    const { top, bottom } = message.getBoundingClientRect();
    if (bottom > edge && (!those || those.has(message))) return { message, top: top - edge };
  }
  return undefined;
}

/**
 * Put what was marked where it was.
 *
 * @param {Element} scroller
 * @param {Mark | undefined} mark
 */
export function goBack(scroller, mark) {
  if (!mark?.message.isConnected) return;
  const now = mark.message.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  if (Math.abs(now - mark.top) > 0.5) scroller.scrollTop += now - mark.top;
}
