// Generated from openapi.yaml by `python -m codegen`. Do not edit.

import type { Upload } from "../uploads.ts";

/**
 * A session's id. The server makes UUIDs whose order is the order of creation; imported
 * sessions keep the ids that they had.
 */
export type SessionId = string;

/**
 * An agent's id, chosen by whoever creates it. Dots alone are no id: clients take them for steps
 * in a path.
 */
export type AgentId = string;

/** The agents of a team, in their order. */
export type AgentIds = AgentId[];

/** A user, as the token's `sub` spells it. */
export type UserId = string;

/** A profile's number. */
export type ProfileId = number;

/** A name of one line that is not blank. */
export type Title = string;

/** Who speaks. */
export type Role = "user" | "assistant" | (string & {});

/** Whether a session has a team, and how the team works together. */
export type SessionType = "standalone" | "team" | "team-managed" | "team-flow" | (string & {});

/**
 * How a team works together: all agents answer in their order (`team`), the first one decides
 * who answers (`team-managed`), or each works on the answer of the one before (`team-flow`).
 */
export type TeamSessionType = "team" | "team-managed" | "team-flow";

/** Who may see a session; today always its owner alone. */
export type Visibility = "private" | (string & {});

/** What a list of sessions can be sorted by. */
export type SessionSortField = "created_at" | "last_active" | "name";

/** 1 for ascending, -1 for descending. */
export type SortOrder = -1 | 1;

/** A moment in UTC (RFC 3339). */
export type Timestamp = string;

/** A message's id, a UUID. */
export type MessageId = string;

/** The text of a message as it is stored; empty while the answer is being written. */
export type MessageText = string;

/**
 * Whether a message is whole (`complete`), is being written (`in_progress`), or holds what there
 * was when its turn was cancelled (`cancelled`) or failed (`failed`).
 */
export type MessageStatus = "in_progress" | "complete" | "cancelled" | "failed" | (string & {});

/** A run's id, a UUID. */
export type RunId = string;

/** How a run is, or how it ended. */
export type RunStatus = "running" | "completed" | "cancelled" | "failed" | (string & {});

/** The text of a message. */
export type MessageContent = string;

/** An error of the operations under `/sessions/`. */
export interface SessionsError {
  /** What went wrong. */
  message: string;
  /** A code for programs. */
  error: string;
}

/** Problem details (RFC 9457). */
export interface Problem {
  /** Which kind of problem this is. */
  type: string;
  /** The kind of problem in words. */
  title: string;
  /** The status of the response. */
  status: number;
  /** What went wrong this time. */
  detail?: string;
  /** Names this occurrence; it holds the request id. */
  instance: string;
  /** The run that the problem is about, where it is about one. */
  run_id?: string;
  /** What is not valid, for validation failures. */
  errors?: InvalidField[];
}

/** One thing that is not valid. */
export interface InvalidField {
  /**
   * A JSON Pointer into the request, whose members are `path`, `query`, `header`, `cookie` and `body`.
   */
  pointer: string;
  /** What is wrong with it. */
  message: string;
}

/** An error of the operations under `/api/v1/`. */
export interface ErrorSentence {
  /** What went wrong. */
  error: string;
}

/** The library has the book that was uploaded. */
export interface BookConflict {
  /** What went wrong. */
  error: string;
  bookId: BookId;
}

/** A book's id, a UUID. */
export type BookId = string;

/** A passage's id. */
export type PassageId = string;

/** A topic's id, chosen by whoever creates it. */
export type TopicId = string;

/** Who speaks. */
export type GroundedRole = "USER" | "ASSISTANT" | (string & {});

/** A session to create. */
export interface GroundedSessionCreate {
  /** The topic; null is none. */
  topicId?: string | null;
}

/** A session that answers from the books. */
export interface GroundedSession {
  /** The session. */
  sessionId: string;
  /** The topic; null in a free-form session. */
  topicId: string | null;
  createdAt: Timestamp;
}

/** What the user says. */
export interface GroundedMessageCreate {
  content: UserMessage;
}

/** A message of a history. An answer always has `sources`, a user's message never. */
export interface GroundedMessage {
  id: MessageId;
  role: GroundedRole;
  content: MessageText;
  sources?: PageSources;
  createdAt: Timestamp;
}

/** An answer, with the pages that it rests on. */
export interface GroundedAnswer {
  id: MessageId;
  /** Who speaks. */
  role: "ASSISTANT" | (string & {});
  content: MessageText;
  sources: PageSources;
  createdAt: Timestamp;
}

/** The pages that an answer rests on, each once. */
export type PageSources = PageSource[];

/** The messages of a session, oldest first. */
export type GroundedMessages = GroundedMessage[];

/** A page of a book. */
export interface PageSource {
  bookTitle: BookTitle;
  page: PageNumber;
}

/** A book's title. */
export type BookTitle = string;

/** A page, or where a book has none, a chapter, section or piece, from 1. */
export type PageNumber = number;

/** How far a book is on its way into the library. */
export type BookStatus = "PROCESSING" | "READY" | "FAILED" | (string & {});

/** A book of the library. */
export interface Book {
  bookId: BookId;
  title: BookTitle;
  /** Who wrote it, where that is known. */
  author: string | null;
  /** The name of the uploaded file. */
  fileName: string;
  /** What the file is; until it is read, what its name says. */
  mediaType: string;
  /** The size of the file in bytes. */
  size: number;
  status: BookStatus;
  /** Why the book failed; null where it did not. */
  reason: string | null;
  /** How much is taken in, in per cent. */
  progress: number;
  /** How many pages the book has, once it is READY. */
  pageCount: number;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}

/** A book to take in. */
export interface BookUpload {
  /** The file, with its name. */
  file: Upload;
  /** The book's title. */
  title?: string;
  /** Who wrote it. */
  author?: string;
}

/** A page of the list of books. */
export interface BookPage {
  /** The books. */
  books: Book[];
  /** The cursor of the next page; null on the last one. */
  nextCursor: string | null;
}

/** A piece of a book's page. */
export interface Passage {
  passageId: PassageId;
  bookId: BookId;
  bookTitle: BookTitle;
  page: PageNumber;
  /** The text, with its white space folded. */
  text: string;
}

/** Something that people may talk about. */
export interface Topic {
  topicId: TopicId;
  title: Title;
  searchTerms: SearchTerms;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}

/** Words and phrases that passages about a topic have. */
export type SearchTerms = Title[];

/** What a topic is to be. */
export interface TopicUpdate {
  title: Title;
  searchTerms: SearchTerms;
}

/** A page of the list of topics. */
export interface TopicPage {
  /** The topics. */
  topics: Topic[];
  /** The cursor of the next page; null on the last one. */
  nextCursor: string | null;
}

/**
 * A passage that an answer rests on. `number` is the one that stands in brackets in the answer's
 * text. The passage itself can be read as long as its book is there.
 */
export interface Source {
  /** The passage's number in the answer's text. */
  number: number;
  book_id: BookId;
  book_title: BookTitle;
  page: PageNumber;
  passage_id: PassageId;
}

/** The passages that an answer rests on, in the order of their numbers. */
export type Sources = Source[];

/** An agent of a session, with the name that it had when the session was created. */
export interface Participant {
  agent_id: AgentId;
  /** The agent's name. */
  name: string;
}

/** A session as the operations under `/sessions/` show it. */
export interface AgentSession {
  session_id: SessionId;
  name: Title;
  session_type: SessionType;
  /** The agent of a standalone session that has one. */
  agent_id: string | null;
  /** The agents, in their order. */
  agents: Participant[];
  /** The owner; null for sessions from before owners were kept. */
  user_id: string | null;
  /** The most passages that a turn may use. */
  max_context_results: number;
  created_at: Timestamp;
  updated_at: Timestamp;
  last_active: Timestamp;
  /** How many messages the session has. */
  message_count: number;
}

/** A team session as the list of team sessions shows it. */
export interface TeamSession {
  session_id: SessionId;
  name: Title;
  session_type: TeamSessionType | (string & {});
  /** The agents, in their order. */
  agents: Participant[];
  /** The owner; null for sessions from before owners were kept. */
  user_id: string | null;
  /** The most passages that a turn may use. */
  max_context_results: number;
  created_at: Timestamp;
  updated_at: Timestamp;
  last_active: Timestamp;
  /** How many messages the session has. */
  message_count: number;
}

/** A session with a page of its history. */
export interface AgentSessionDetails {
  session_id: SessionId;
  name: Title;
  session_type: SessionType;
  /** The agent of a standalone session that has one. */
  agent_id: string | null;
  /** The agents, in their order. */
  agents: Participant[];
  /** The owner; null for sessions from before owners were kept. */
  user_id: string | null;
  /** The most passages that a turn may use. */
  max_context_results: number;
  created_at: Timestamp;
  updated_at: Timestamp;
  last_active: Timestamp;
  /** How many messages the session has. */
  message_count: number;
  /** The messages of the page. */
  history: HistoryMessage[];
}

/** A message of a session's history. */
export interface HistoryMessage {
  id: MessageId;
  /** The message's place in the session, from 0 without gaps. */
  seq: number;
  role: Role;
  content: MessageText;
  /** The agent that speaks. */
  agent_id: string | null;
  /** That agent's name in this session. */
  agent_name: string | null;
  /** Whether the message sums up a team's work. */
  summary: boolean;
  status: MessageStatus;
  sources: Sources;
  created_at: Timestamp;
}

/** A page of a session's history. */
export interface HistoryPage {
  /** The messages, oldest first. */
  history: HistoryMessage[];
  /** How many messages the session has. */
  total: number;
  /** How many were left out. */
  skip: number;
  /** The most messages of this page. */
  limit: number;
}

/** A message to add to a session. */
export interface HistoryUpdate {
  /** Who speaks. */
  role: "user" | "assistant";
  content: MessageContent;
}

/** A message to add to a team session. */
export interface TeamHistoryUpdate {
  /** The agent of the team that speaks; null and blank count as not given. */
  agent_id?: string | null;
  /** Who speaks. */
  role: "user" | "assistant";
  content: MessageContent;
  /** Whether the message sums up the team's work. */
  summary?: boolean;
}

/** A session was created. */
export interface AgentSessionCreated {
  /** What happened. */
  message: "Chat session created successfully." | (string & {});
  session_id: SessionId;
}

/** A session was deleted. */
export interface AgentSessionDeleted {
  /** What happened. */
  message: "Chat session deleted successfully." | (string & {});
}

/** A page of a session's history. */
export interface SessionHistory {
  /** What happened. */
  message: "Session history retrieved successfully." | (string & {});
  data: HistoryPage;
}

/** A message was added. */
export interface HistoryUpdated {
  /** What happened. */
  message: "Session history updated successfully." | (string & {});
}

/** The newest part of a session's history. */
export interface RecentSessionHistory {
  /** What happened. */
  message: "Recent session history retrieved successfully." | (string & {});
  data: HistoryPage;
}

/** A page of a user's sessions. */
export interface UserSessions {
  /** What happened. */
  message: "User sessions retrieved successfully." | (string & {});
  /** The sessions. */
  data: AgentSession[];
}

/** A page of an agent's sessions. */
export interface AgentSessions {
  /** What happened. */
  message: "Agent sessions retrieved successfully." | (string & {});
  /** The sessions. */
  data: AgentSession[];
}

/** A session with a page of its history. */
export interface AgentSessionReply {
  /** What happened. */
  message: "Session details retrieved successfully." | (string & {});
  data: AgentSessionDetails;
}

/** A team session was created. */
export interface TeamSessionCreated {
  /** What happened. */
  message: "Team session created successfully." | (string & {});
  session_id: SessionId;
}

/** A page of a team session's history. */
export interface TeamSessionHistory {
  /** What happened. */
  message: "Team session history retrieved successfully." | (string & {});
  data: HistoryPage;
}

/** A message was added to a team session. */
export interface TeamHistoryUpdated {
  /** What happened. */
  message: "Team session history updated successfully." | (string & {});
}

/** A page of team sessions. */
export interface TeamSessions {
  /** What happened. */
  message: "Team sessions retrieved successfully." | (string & {});
  /** The sessions. */
  data: TeamSession[];
}

/** A page of standalone sessions. */
export interface StandaloneSessions {
  /** What happened. */
  message: "Standalone sessions retrieved successfully." | (string & {});
  /** The sessions. */
  data: AgentSession[];
}

/** A session was renamed. */
export interface AgentSessionRenamed {
  /** What happened. */
  message: "Session renamed successfully." | (string & {});
}

/** What a new session is about. */
export interface SessionCreate {
  /** The title; "Untitled Session" where it is missing or blank. */
  title?: string | null;
  /** The profile to associate the session with. */
  profile_id?: number | null;
  /** The profile's name, kept as given for display. */
  profile_name?: string | null;
}

/** A session as the operations under `/api/` show it. */
export interface Session {
  session_id: SessionId;
  title: Title;
  /** The owner; null for sessions from before owners were kept. */
  created_by: string | null;
  visibility: Visibility;
  session_type: SessionType;
  /** The profile. */
  profile_id: number | null;
  /** The profile's name as it was given. */
  profile_name: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  last_activity: Timestamp;
  /** How many messages the session has. */
  message_count: number;
}

/** A page of sessions. */
export interface SessionPage {
  /** The sessions. */
  sessions: Session[];
  /** How many sessions this page has. */
  count: number;
  /** The cursor of the next page; null on the last one. */
  next_cursor: string | null;
}

/** A message as the operations under `/api/` show it. */
export interface Message {
  id: MessageId;
  /** The message's place in the session, from 0 without gaps. */
  seq: number;
  role: Role;
  content: MessageText;
  /** The agent that speaks. */
  agent_id: string | null;
  /** That agent's name in this session. */
  agent_name: string | null;
  /** Whether the message sums up a team's work. */
  summary: boolean;
  status: MessageStatus;
  /** The run that the message belongs to; null for one that was added without a turn. */
  run_id: string | null;
  /** The tokens that the model read for this message, where it tells. */
  input_tokens: number | null;
  /** The tokens that the model wrote, where it tells. */
  output_tokens: number | null;
  sources: Sources;
  timestamp: Timestamp;
}

/** The messages of a session. */
export interface SessionMessages {
  /** The messages, oldest first. */
  messages: Message[];
  /** The cursor of the messages that follow; null where there are none. */
  next_cursor: string | null;
}

/** A message to a session. */
export interface ChatMessageCreate {
  session_id: SessionId;
  message: UserMessage;
}

/** A message to the session that the path names. */
export interface SessionMessageCreate {
  message: UserMessage;
}

/** What the user says; it may not be blank. */
export type UserMessage = string;

/** A turn that has ended. */
export interface Turn {
  run_id: RunId;
  session_id: SessionId;
  message_id: MessageId;
  status: TurnStatus;
  /** What was answered, one message for each agent that spoke. */
  messages: Message[];
}

/** How the turn ended; one that failed is answered with a 502. */
export type TurnStatus = "completed" | "cancelled" | (string & {});

/** The state of a turn. */
export interface Run {
  run_id: RunId;
  session_id: SessionId;
  status: RunStatus;
  message_id: MessageId;
  /** The id of the newest event. */
  last_event_id: number;
  /** Why the run failed, for programs; null where it did not. */
  error_code: string | null;
  /** Why the run failed, for people; null where it did not. */
  error_detail: string | null;
  created_at: Timestamp;
  /** When the run ended; null while it runs. */
  ended_at: string | null;
}

/** One event of a run. Clients ignore types that they do not know. */
export type RunEvent = MessageStarted | MessageDelta | MessageSource | MessageCompleted | DeckUpdated | SessionTitled | RunError | RunDone;

/** An answer begins. */
export interface MessageStarted {
  /** The type of the event. */
  type: "message.started";
  run_id: RunId;
  message_id: MessageId;
  /** The agent that speaks. */
  agent_id: string | null;
  /** That agent's name in this session. */
  agent_name: string | null;
  /** Whether the message will sum up a team's work. */
  summary: boolean;
}

/** The next piece of an answer. */
export interface MessageDelta {
  /** The type of the event. */
  type: "message.delta";
  message_id: MessageId;
  /** What to add to the message's text. */
  text: string;
}

/**
 * A passage that the answer rests on. It comes before the answer's end, and is part of the message.
 */
export interface MessageSource {
  /** The type of the event. */
  type: "message.source";
  message_id: MessageId;
  source: Source;
}

/** An answer has ended. Its content is the texts of all its deltas together. */
export interface MessageCompleted {
  /** The type of the event. */
  type: "message.completed";
  message: Message;
}

/**
 * The session's deck was made or changed by the answer that is being written, and is stored as
 * it is now. There is one event for each version, however many slides it touches.
 */
export interface DeckUpdated {
  /** The type of the event. */
  type: "deck.updated";
  /** The deck's version. */
  version: number;
  title: Title;
  theme: Theme | (string & {});
  /** The deck's slides, in their order. */
  slide_ids: SlideId[];
  /** Those of them that are new or show something else than before. */
  changed_slide_ids: SlideId[];
}

/** The session, which had no title of its own, got one. */
export interface SessionTitled {
  /** The type of the event. */
  type: "session.titled";
  title: Title;
}

/**
 * The turn failed. Codes: `provider_unreachable`, `provider_refused`, `provider_error`,
 * `provider_timeout`, `provider_cut` and `provider_invalid` are about the model's server,
 * `rate_limited` is its 429, `answer_too_long` is an answer beyond the limit of a message,
 * `deck_changed` is a deck that others kept changing while the turn wanted to change it,
 * `interrupted` is a server that stopped, `internal_error` is a mistake of this server.
 */
export interface RunError {
  /** The type of the event. */
  type: "error";
  /** What went wrong, for programs. */
  code: string;
  /** What went wrong, for people. */
  detail: string;
  /** The message that was being written; it keeps what there was, with the status `failed`. */
  message_id: string | null;
}

/** Nothing more will come. */
export interface RunDone {
  /** The type of the event. */
  type: "done";
}

/** A slide's id; its number counts the slides that the deck has ever had, from 0. */
export type SlideId = string;

/** An image's id, a UUID. */
export type SlideImageId = string;

/** How a deck looks. */
export type Theme = "paper" | "midnight" | "ocean";

/** The kind of file that a deck becomes. */
export type ExportFormat = "pptx" | "pdf";

/** A place in a deck, from 0. One beyond the end means the end. */
export type SlidePosition = number;

/** A slide's title, in one line. */
export type SlideTitle = string;

/** What the speaker wants to remember; the audience does not see it. */
export type SlideNotes = string;

/** The text of a bullet. */
export type BulletText = string;

/** The text of a cell. It is text, whatever it looks like. */
export type CellText = string;

/** A bullet, which may stand below another. */
export interface Bullet {
  text: BulletText;
  /** How far it is indented. */
  level?: number;
}

/** A column of a slide. */
export interface Column {
  /** What stands above the column. */
  heading?: string;
  /** What the column lists. */
  bullets: Bullet[];
}

/**
 * What a slide shows; `layout` says how. Texts hold no control characters but, where they may
 * have several lines, line feeds and tabs. They are text: no markup in them has any effect.
 */
export type SlideContent = TitleSlide | SectionSlide | BulletsSlide | TwoColumnsSlide | TableSlide | CodeSlide | QuoteSlide | ImageSlide;

/** The first slide of a deck. */
export interface TitleSlide {
  /** The layout. */
  layout: "title";
  title: SlideTitle;
  /** What stands below the title. */
  subtitle?: string;
  notes?: SlideNotes;
}

/** A slide that opens a part of a deck. */
export interface SectionSlide {
  /** The layout. */
  layout: "section";
  title: SlideTitle;
  /** What stands below the title. */
  subtitle?: string;
  notes?: SlideNotes;
}

/** A slide with a list. */
export interface BulletsSlide {
  /** The layout. */
  layout: "bullets";
  title: SlideTitle;
  /** The list. */
  bullets: Bullet[];
  notes?: SlideNotes;
}

/** A slide with two columns. */
export interface TwoColumnsSlide {
  /** The layout. */
  layout: "two_columns";
  title: SlideTitle;
  left: Column;
  right: Column;
  notes?: SlideNotes;
}

/** A slide with a table, which is as wide as its longest row; cells that a row lacks are empty. */
export interface TableSlide {
  /** The layout. */
  layout: "table";
  title: SlideTitle;
  /** The names of the columns. */
  header: CellText[];
  /** The rows below the header. */
  rows: TableRow[];
  notes?: SlideNotes;
}

/** A slide with code. */
export interface CodeSlide {
  /** The layout. */
  layout: "code";
  title: SlideTitle;
  /** The language of the code, as people write it. */
  language?: string;
  /** The code. */
  code: string;
  notes?: SlideNotes;
}

/** A slide with a quotation. */
export interface QuoteSlide {
  /** The layout. */
  layout: "quote";
  /** What was said. */
  quote: string;
  /** Who said it. */
  attribution?: string;
  notes?: SlideNotes;
}

/** A slide with an image. */
export interface ImageSlide {
  /** The layout. */
  layout: "image";
  title: SlideTitle;
  image_id: SlideImageId;
  /** What the image shows for those who cannot see it. */
  alt: string;
  /** What stands below the image. */
  caption?: string;
  notes?: SlideNotes;
}

/** A row of a table. */
export type TableRow = CellText[];

/** A slide of a deck. */
export interface DeckSlide {
  slide_id: SlideId;
  /** The slide as HTML for the deck's style sheet; it is complete in itself and holds no script. */
  html: string;
  content: SlideContent;
}

/** The slides and what is needed to show them. */
export interface SlideDeck {
  /** The slides, in their order. */
  slides: DeckSlide[];
  /** The style sheet of the deck's theme. */
  css: string;
  /** Always empty; slides have no scripts. */
  scripts: string;
}

/** A session's deck. */
export interface Deck {
  session_id: SessionId;
  title: Title;
  theme: Theme | (string & {});
  /** How often the deck was changed. */
  version: number;
  updated_at: Timestamp;
  slide_deck: SlideDeck;
}

/** The fields of a deck to change. */
export interface DeckUpdate {
  theme?: Theme;
  title?: Title;
}

/** A slide to add to a deck. */
export interface SlideInsert {
  content: SlideContent;
  position?: SlidePosition;
}

/** What a slide shows from now on. */
export interface SlideReplacement {
  content: SlideContent;
}

/** Where a slide goes. */
export interface SlideMove {
  position: SlidePosition;
}

/** An image to show on slides. */
export interface SlideImageUpload {
  /** The image file. */
  file: Upload;
}

/** An image of a session. */
export interface SlideImage {
  image_id: SlideImageId;
  /** What the image is kept as. */
  media_type: "image/png" | "image/jpeg" | (string & {});
  /** Its width in pixels. */
  width: number;
  /** Its height in pixels. */
  height: number;
  /** Its bytes. */
  size: number;
}

/** A conversation in Markdown, one section for each message. */
export type TranscriptText = string;

/** A conversation. */
export interface Transcript {
  session_id: SessionId;
  title: Title;
  created_at: Timestamp;
  /** The messages, oldest first. */
  messages: TranscriptMessage[];
}

/** A message of a transcript. */
export interface TranscriptMessage {
  /** The message's place in the session, from 0 without gaps. */
  seq: number;
  role: Role;
  /** The agent that speaks. */
  agent_name: string | null;
  content: MessageText;
  status: MessageStatus;
  timestamp: Timestamp;
}

/** Sessions to delete. */
export interface SessionCleanup {
  /** The sessions. */
  session_ids: SessionId[];
}

/** What a cleanup deleted. */
export interface SessionCleanupResult {
  /** How many sessions were deleted. */
  deleted: number;
  /** Which ones. */
  session_ids: SessionId[];
}

/** An agent of the catalogue. */
export interface Agent {
  agent_id: AgentId;
  name: Title;
  /** What the agent is for. */
  description: string | null;
  /** How the agent should answer. */
  instructions: string | null;
  created_by: UserId;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** An agent to add to the catalogue. */
export interface AgentCreate {
  agent_id?: AgentId;
  name: Title;
  /** What the agent is for. */
  description?: string | null;
  /** How the agent should answer. */
  instructions?: string | null;
}

/** The fields of an agent to change. */
export interface AgentUpdate {
  name?: Title;
  /** What the agent is for. */
  description?: string | null;
  /** How the agent should answer. */
  instructions?: string | null;
}

/** A page of agents. */
export interface AgentPage {
  /** The agents. */
  agents: Agent[];
  /** How many agents this page has. */
  count: number;
  /** The cursor of the next page; null on the last one. */
  next_cursor: string | null;
}

/** A profile of the catalogue. */
export interface Profile {
  profile_id: ProfileId;
  name: Title;
  /** What the profile is for. */
  description: string | null;
  /** How sessions of the profile should be answered. */
  instructions: string | null;
  created_by: UserId;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** A profile to add to the catalogue. */
export interface ProfileCreate {
  name: Title;
  /** What the profile is for. */
  description?: string | null;
  /** How sessions of the profile should be answered. */
  instructions?: string | null;
}

/** The fields of a profile to change. */
export interface ProfileUpdate {
  name?: Title;
  /** What the profile is for. */
  description?: string | null;
  /** How sessions of the profile should be answered. */
  instructions?: string | null;
}

/** A page of profiles. */
export interface ProfilePage {
  /** The profiles. */
  profiles: Profile[];
  /** How many profiles this page has. */
  count: number;
  /** The cursor of the next page; null on the last one. */
  next_cursor: string | null;
}

/** The server lives. */
export interface Health {
  /** How the server is. */
  status: "ok" | (string & {});
}

/** The server can work. */
export interface Readiness {
  /** How the server is. */
  status: "ready" | (string & {});
}

/** An OpenAPI document. */
export interface ContractDocument {
  /** The version of OpenAPI. */
  openapi: string;
  /** What this contract is. */
  info: Record<string, unknown>;
  /** The operations. */
  paths: Record<string, unknown>;
  [key: string]: unknown;
}
