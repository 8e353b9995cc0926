/** Topics: what people may talk about, with the words that lead the search. */
import { NotFoundError } from "../vendor/palaver-client.min.js";
import { labelled, textControl } from "../fields.js";
import { Catalogue } from "../catalogue/catalogue.js";
import { libraryHead } from "./head.js";

/**
 * @import { Palaver, Topic } from "../vendor/palaver-client.min.js"
 * @import { Desk } from "../desk.js"
 */

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 */
export function openTopics(place, desk) {
  const { client, user } = desk;
  const about = "A conversation about a topic prefers passages that have its words.";
  /** @type {Catalogue<Topic>} */
  const topics = new Catalogue(desk, {
    one: "topic",
    many: "topics",
    head: libraryHead("Topics", about, user),
    keyOf: (topic) => topic.topicId,
    nameOf: (topic) => topic.title,
    linesOf: (topic) => [topic.topicId, topic.searchTerms.join(", ")],
    mayAdd: user.admin,
    mayChange: () => user.admin,
    page: async (cursor) => {
      const page = await client.listTopics(cursor ? { cursor } : {});
      return { items: page.topics, next: page.nextCursor };
    },
    remove: (topic) => client.deleteTopic({ topicId: topic.topicId }),
    loss: "Sessions of the topic keep its id as a label.",
    fields: (topic) => fieldsOf(topic),
    save: async (topic, form) => {
      const topicId = topic?.topicId ?? String(form.get("id")).trim();
      if (!topic && (await isThere(client, topicId))) {
        throw new Error(`There is a topic with the id ${topicId} already.`);
      }
      const searchTerms = String(form.get("terms")).split("\n").map((term) => term.trim());
      const body = { title: String(form.get("title")).trim(), searchTerms: searchTerms.filter(Boolean) };
      return client.putTopic({ topicId, body });
    },
  });
  place.replaceChildren(topics.node);
  return () => topics.close();
}

/**
 * @param {Palaver} client
 * @param {string} topicId
 */
async function isThere(client, topicId) {
  try {
    await client.getTopic({ topicId });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

/** @param {Topic | undefined} topic */
function fieldsOf(topic) {
  const title = textControl({ pointer: "/body/title", value: topic?.title ?? "", required: true, most: 200 });
  const pattern = "[A-Za-z0-9_][A-Za-z0-9._\\-]*";
  const hint = "Letters, digits, points, hyphens and underscores; it cannot be changed later.";
  const id = textControl({ pointer: "/path/topicId", required: true, most: 100, pattern, title: hint });
  const terms = textControl({
    pointer: "/body/searchTerms",
    value: topic?.searchTerms.join("\n") ?? "",
    lines: 5,
  });
  title.name = "title";
  id.name = "id";
  terms.name = "terms";
  return [
    labelled("Title", title),
    ...(topic ? [] : [labelled("Id", id, hint)]),
    labelled("Words and phrases", terms, "One on each line, 50 at most."),
  ];
}
