/** Never run: that this compiles, and that what is marked does not, is the test. */
import { ApiError, Palaver, PagedCall } from "../../../sdk/typescript/src/index.ts";
import type {
  AgentUpdate,
  Book,
  BookStatus,
  CallOptions,
  CellText,
  Download,
  EventStream,
  Message,
  PassageId,
  RunEvent,
  Session,
  SessionPage,
  SlideId,
  Theme,
  Transcript,
  Turn,
} from "../../../sdk/typescript/src/index.ts";

/** That two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const client = new Palaver();

export async function narrowing(events: AsyncIterable<RunEvent>): Promise<void> {
  for await (const event of events) {
    switch (event.type) {
      case "message.started":
        same<typeof event.agent_id, string | null>(true);
        break;
      case "message.delta":
        same<typeof event.text, string>(true);
        // @ts-expect-error: a delta has no message
        event.message;
        break;
      case "message.source":
        same<typeof event.source.passage_id, PassageId>(true);
        same<typeof event.source.page, number>(true);
        break;
      case "deck.updated":
        same<typeof event.changed_slide_ids, SlideId[]>(true);
        break;
      case "message.completed":
        same<typeof event.message, Message>(true);
        break;
      case "session.titled":
        same<typeof event.title, string>(true);
        break;
      case "error":
        same<typeof event.code, string>(true);
        break;
      case "done":
        break;
      default:
        // Every type of the contract has its case.
        event satisfies never;
    }
  }
}

export async function answers(): Promise<void> {
  same<Awaited<ReturnType<typeof client.getSession>>, Session>(true);
  const body = { session_id: "s", message: "Hi" };
  const turn = await client.sendChatMessage({ body });
  same<typeof turn, Turn>(true);
  const stream = await client.sendChatMessage({ body }, { stream: true });
  same<typeof stream, EventStream<RunEvent>>(true);
  same<Awaited<ReturnType<typeof client.deleteSession>>, void>(true);
  const file = await client.getContractYaml();
  same<typeof file, Download | undefined>(true);
  same<Awaited<ReturnType<typeof client.getSlideImage>>, Download>(true);
  const session_id = "s";
  const pdf = await client.exportSession({ session_id }, { accept: "application/pdf" });
  same<typeof pdf, Download>(true);
  const markdown = await client.getSessionTranscript({ session_id });
  same<typeof markdown, Download>(true);
  const transcript = await client.getSessionTranscript({ session_id }, { accept: "application/json" });
  same<typeof transcript, Transcript>(true);
  const slide = await client.getSlide({ session_id, slide_id: "slide_0" });
  if (slide.content.layout === "table") same<typeof slide.content.header, CellText[]>(true);
  const book = await client.getBook({ bookId: "b" });
  same<typeof book, Book>(true);
  for await (const each of client.listBooks()) same<typeof each, Book>(true);
  // A newer server may say more than the contract does.
  const deck = await client.getSessionSlides({ session_id });
  void [book.status === "NEW", deck.theme === "mint", (await client.getSession({ session_id })).session_type === "duo"];
  same<BookStatus, "PROCESSING" | "READY" | "FAILED" | (string & {})>(true);
  same<Theme, "paper" | "midnight" | "ocean">(true);
  const wanted: boolean = Math.random() < 0.5;
  const either = await client.sendChatMessage({ body }, { stream: wanted });
  same<typeof either, Turn | EventStream<RunEvent>>(true);
  if ("messages" in either) same<typeof either, Turn>(true);
  const options: CallOptions = { stream: wanted };
  void client.sendSessionMessage({ session_id, body: { message: "Hi" } }, options);
  const sessions = client.listSessions({ profile_id: 1 });
  same<typeof sessions, PagedCall<SessionPage, Session>>(true);
  for await (const session of sessions) same<typeof session, Session>(true);
  for await (const message of client.getAgentSession({ session_id: "s" })) same<typeof message.seq, number>(true);
  const answer = await client.createSession().withResponse();
  same<typeof answer.data, Session>(true);
  same<typeof answer.requestId, string | undefined>(true);
}

export async function refused(): Promise<void> {
  // @ts-expect-error: the session is missing
  await client.getSession();
  // @ts-expect-error: a parameter that there is not
  await client.getSession({ session_id: "s", limit: 1 });
  // @ts-expect-error: the wrong type
  await client.listSessions({ profile_id: "1" });
  // @ts-expect-error: the body is missing
  await client.sendChatMessage({});
  // @ts-expect-error: a member that the body does not have
  await client.createSession({ body: { name: "x" } });
  // @ts-expect-error: a value that is none of the enumeration
  await client.createTeamSession({ session_type: "crew", body: [] });
  // @ts-expect-error: neither is this one, though decks may come to have others
  await client.updateDeck({ session_id: "s", if_match: "*", body: { theme: "mint" } });
  // @ts-expect-error: an edit says which deck it means
  await client.undoDeckChange({ session_id: "s" });
  // @ts-expect-error: a type that the answer cannot have
  await client.exportSession({ session_id: "s" }, { accept: "text/html" });
  // @ts-expect-error: the file is missing
  await client.uploadBook({ body: { title: "T" } });
  // @ts-expect-error: another layout's members
  await client.replaceSlide({ session_id: "s", slide_id: "slide_0", if_match: "*", body: { content: { layout: "quote", bullets: [] } } });
  // @ts-expect-error: a method that is no operation
  await client.createSessions();
  // @ts-expect-error: no choice between a stream and a value here
  for await (const each of client.getSession({ session_id: "s" })) void each;
}

export const emptied: AgentUpdate = { description: null };
// @ts-expect-error: a name can be absent, but not null
export const nameless: AgentUpdate = { name: null };
// @ts-expect-error: absent is absent, not undefined
export const undefinedName: AgentUpdate = { name: undefined };

export function errors(error: unknown): void {
  if (error instanceof ApiError) same<typeof error.status, number>(true);
}
