/** Moments as people say them. */

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

/**
 * A moment in few letters: the time for today's, else the day.
 *
 * @param {string} moment as the contract spells it
 */
export function timeOf(moment) {
  const then = new Date(moment);
  const now = new Date();
  if (then.toDateString() === now.toDateString()) return CLOCK.format(then);
  return (then.getFullYear() === now.getFullYear() ? DAY : YEAR).format(then);
}

/**
 * A moment with its day and time.
 *
 * @param {string} moment as the contract spells it
 */
export function momentOf(moment) {
  return WHOLE.format(new Date(moment));
}
