/** What the tabs of one browser tell each other: that somebody signed in, or out. */

/** @typedef {"signed-in" | "signed-out"} News */

// One for telling and hearing: a tab does not hear itself.
const channel = new BroadcastChannel("palaver.sign-in");

/** @param {News} news */
export function tellTabs(news) {
  channel.postMessage(news);
}

/** @param {(news: News) => void} heard */
export function hearTabs(heard) {
  channel.addEventListener("message", (event) => heard(event.data));
}
