// Generated from openapi.yaml by `python -m codegen`. Do not edit.

import type {
  Call,
  CallOptions,
  PagedCall,
} from "../call.ts";
import type {
  Download,
} from "../download.ts";
import type {
  EventStream,
} from "../stream.ts";
import type {
  Agent,
  AgentCreate,
  AgentId,
  AgentIds,
  AgentPage,
  AgentSession,
  AgentSessionCreated,
  AgentSessionDeleted,
  AgentSessionRenamed,
  AgentSessionReply,
  AgentSessions,
  AgentUpdate,
  Book,
  BookId,
  BookPage,
  BookUpload,
  ChatMessageCreate,
  ContractDocument,
  Deck,
  DeckSlide,
  DeckUpdate,
  ExportFormat,
  GroundedAnswer,
  GroundedMessageCreate,
  GroundedMessages,
  GroundedSession,
  GroundedSessionCreate,
  Health,
  HistoryMessage,
  HistoryUpdate,
  HistoryUpdated,
  Message,
  Passage,
  PassageId,
  Profile,
  ProfileCreate,
  ProfileId,
  ProfilePage,
  ProfileUpdate,
  Readiness,
  RecentSessionHistory,
  Run,
  RunEvent,
  RunId,
  Session,
  SessionCleanup,
  SessionCleanupResult,
  SessionCreate,
  SessionHistory,
  SessionId,
  SessionMessageCreate,
  SessionMessages,
  SessionPage,
  SessionSortField,
  SlideId,
  SlideImage,
  SlideImageId,
  SlideImageUpload,
  SlideInsert,
  SlideMove,
  SlideReplacement,
  SortOrder,
  StandaloneSessions,
  TeamHistoryUpdate,
  TeamHistoryUpdated,
  TeamSession,
  TeamSessionCreated,
  TeamSessionHistory,
  TeamSessionType,
  TeamSessions,
  Title,
  Topic,
  TopicId,
  TopicPage,
  TopicUpdate,
  Transcript,
  Turn,
  UserId,
  UserSessions,
} from "./schemas.ts";

/** What {@link Operations.createAgentSession} takes. */
export interface CreateAgentSessionInput {
  /** The agent to talk with. */
  agent_id: AgentId;
  /**
   * The most passages that a turn of this session may use.
   *
   * Default: `1`.
   */
  max_context_results?: number;
  /**
   * The session's name; a blank one counts as not given.
   *
   * Default: `"Untitled Session"`.
   */
  name?: string;
}

/** What {@link Operations.deleteAgentSession} takes. */
export interface DeleteAgentSessionInput {
  /** The session. */
  session_id: SessionId;
}

/** What {@link Operations.getAgentSessionHistory} takes. */
export interface GetAgentSessionHistoryInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The most messages to return.
   *
   * Default: `20`.
   */
  limit?: number;
  /**
   * How many messages to leave out.
   *
   * Default: `0`.
   */
  skip?: number;
}

/** What {@link Operations.updateAgentSessionHistory} takes. */
export interface UpdateAgentSessionHistoryInput {
  /** The session. */
  session_id: SessionId;
  /** The message. */
  body: HistoryUpdate;
}

/** What {@link Operations.getRecentSessionHistory} takes. */
export interface GetRecentSessionHistoryInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The most messages to return.
   *
   * Default: `20`.
   */
  limit?: number;
  /**
   * How many messages to leave out.
   *
   * Default: `0`.
   */
  skip?: number;
}

/** What {@link Operations.listUserSessions} takes. */
export interface ListUserSessionsInput {
  /** The user, as the token's `sub` spells it. */
  user_id: UserId;
  /**
   * The most sessions to return.
   *
   * Default: `20`.
   */
  limit?: number;
  /**
   * How many sessions to leave out.
   *
   * Default: `0`.
   */
  skip?: number;
  /**
   * What to sort by; ties are broken by the session's id.
   *
   * Default: `"created_at"`.
   */
  sort_by?: SessionSortField;
  /**
   * 1 for ascending, -1 for descending.
   *
   * Default: `-1`.
   */
  sort_order?: SortOrder;
}

/** What {@link Operations.listAgentSessions} takes. */
export interface ListAgentSessionsInput {
  /** The agent. */
  agent_id: AgentId;
  /**
   * The most sessions to return.
   *
   * Default: `20`.
   */
  limit?: number;
  /**
   * How many sessions to leave out.
   *
   * Default: `0`.
   */
  skip?: number;
  /**
   * What to sort by; ties are broken by the session's id.
   *
   * Default: `"created_at"`.
   */
  sort_by?: SessionSortField;
  /**
   * 1 for ascending, -1 for descending.
   *
   * Default: `-1`.
   */
  sort_order?: SortOrder;
}

/** What {@link Operations.getAgentSession} takes. */
export interface GetAgentSessionInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The most messages to return.
   *
   * Default: `20`.
   */
  limit?: number;
  /**
   * How many messages to leave out.
   *
   * Default: `0`.
   */
  skip?: number;
}

/** What {@link Operations.createTeamSession} takes. */
export interface CreateTeamSessionInput {
  /**
   * The most passages that a turn of this session may use.
   *
   * Default: `1`.
   */
  max_context_results?: number;
  /**
   * How the team works together.
   *
   * Default: `"team"`.
   */
  session_type?: TeamSessionType;
  /**
   * The session's name; a blank one counts as not given.
   *
   * Default: `"Untitled Team Session"`.
   */
  name?: string;
  /** The ids of the agents, each once. */
  body: AgentIds;
}

/** What {@link Operations.getTeamSessionHistory} takes. */
export interface GetTeamSessionHistoryInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The most messages to return.
   *
   * Default: `20`.
   */
  limit?: number;
  /**
   * How many messages to leave out.
   *
   * Default: `0`.
   */
  skip?: number;
}

/** What {@link Operations.updateTeamSessionHistory} takes. */
export interface UpdateTeamSessionHistoryInput {
  /** The session. */
  session_id: SessionId;
  /** The message. */
  body: TeamHistoryUpdate;
}

/** What {@link Operations.listTeamSessions} takes. */
export interface ListTeamSessionsInput {
  /**
   * The most sessions to return.
   *
   * Default: `20`.
   */
  limit?: number;
  /**
   * How many sessions to leave out.
   *
   * Default: `0`.
   */
  skip?: number;
  /**
   * What to sort by; ties are broken by the session's id.
   *
   * Default: `"created_at"`.
   */
  sort_by?: SessionSortField;
  /**
   * 1 for ascending, -1 for descending.
   *
   * Default: `-1`.
   */
  sort_order?: SortOrder;
}

/** What {@link Operations.listStandaloneSessions} takes. */
export interface ListStandaloneSessionsInput {
  /**
   * The most sessions to return.
   *
   * Default: `20`.
   */
  limit?: number;
  /**
   * How many sessions to leave out.
   *
   * Default: `0`.
   */
  skip?: number;
  /**
   * What to sort by; ties are broken by the session's id.
   *
   * Default: `"created_at"`.
   */
  sort_by?: SessionSortField;
  /**
   * 1 for ascending, -1 for descending.
   *
   * Default: `-1`.
   */
  sort_order?: SortOrder;
}

/** What {@link Operations.renameAgentSession} takes. */
export interface RenameAgentSessionInput {
  /** The session. */
  session_id: SessionId;
  /** The new name; it may not be blank. */
  name: Title;
}

/** What {@link Operations.listSessions} takes. */
export interface ListSessionsInput {
  /**
   * The most entries to return.
   *
   * Default: `50`.
   */
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string;
  /** Only the sessions of this profile. */
  profile_id?: ProfileId;
}

/** What {@link Operations.createSession} takes. */
export interface CreateSessionInput {
  /** What the session is about. */
  body?: SessionCreate;
}

/** What {@link Operations.deleteSessions} takes. */
export interface DeleteSessionsInput {
  /** The sessions to delete. */
  body: SessionCleanup;
}

/** What {@link Operations.getSession} takes. */
export interface GetSessionInput {
  /** The session. */
  session_id: SessionId;
}

/** What {@link Operations.deleteSession} takes. */
export interface DeleteSessionInput {
  /** The session. */
  session_id: SessionId;
}

/** What {@link Operations.renameSession} takes. */
export interface RenameSessionInput {
  /** The session. */
  session_id: SessionId;
  /** The new title; it may not be blank. */
  title: Title;
}

/** What {@link Operations.listSessionMessages} takes. */
export interface ListSessionMessagesInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The most messages to return.
   *
   * Default: `10000`.
   */
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string;
}

/** What {@link Operations.sendSessionMessage} takes. */
export interface SendSessionMessageInput {
  /** The session. */
  session_id: SessionId;
  /** The message. */
  body: SessionMessageCreate;
}

/** What {@link Operations.getRun} takes. */
export interface GetRunInput {
  /** The session. */
  session_id: SessionId;
  /** The run. */
  run_id: RunId;
}

/** What {@link Operations.streamRunEvents} takes. */
export interface StreamRunEventsInput {
  /** The session. */
  session_id: SessionId;
  /** The run. */
  run_id: RunId;
  /**
   * The id of the last event that the client has seen; 0 or nothing for all.
   *
   * Default: `0`.
   */
  last_event_id?: number;
}

/** What {@link Operations.cancelRun} takes. */
export interface CancelRunInput {
  /** The session. */
  session_id: SessionId;
  /** The run. */
  run_id: RunId;
}

/** What {@link Operations.getSessionSlides} takes. */
export interface GetSessionSlidesInput {
  /** The session. */
  session_id: SessionId;
}

/** What {@link Operations.insertSlide} takes. */
export interface InsertSlideInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The `ETag` of the deck that the change is made for, or `*` for the deck whatever it is like by
   * now.
   */
  if_match: string;
  /** The slide and where it goes. */
  body: SlideInsert;
}

/** What {@link Operations.updateDeck} takes. */
export interface UpdateDeckInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The `ETag` of the deck that the change is made for, or `*` for the deck whatever it is like by
   * now.
   */
  if_match: string;
  /** The fields to change. */
  body: DeckUpdate;
}

/** What {@link Operations.undoDeckChange} takes. */
export interface UndoDeckChangeInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The `ETag` of the deck that the change is made for, or `*` for the deck whatever it is like by
   * now.
   */
  if_match: string;
}

/** What {@link Operations.uploadSlideImage} takes. */
export interface UploadSlideImageInput {
  /** The session. */
  session_id: SessionId;
  /** The image. */
  body: SlideImageUpload;
}

/** What {@link Operations.getSlideImage} takes. */
export interface GetSlideImageInput {
  /** The session. */
  session_id: SessionId;
  /** The image. */
  image_id: SlideImageId;
}

/** What {@link Operations.getSlide} takes. */
export interface GetSlideInput {
  /** The session. */
  session_id: SessionId;
  /** The slide. */
  slide_id: SlideId;
}

/** What {@link Operations.replaceSlide} takes. */
export interface ReplaceSlideInput {
  /** The session. */
  session_id: SessionId;
  /** The slide. */
  slide_id: SlideId;
  /**
   * The `ETag` of the deck that the change is made for, or `*` for the deck whatever it is like by
   * now.
   */
  if_match: string;
  /** What the slide shows from now on. */
  body: SlideReplacement;
}

/** What {@link Operations.deleteSlide} takes. */
export interface DeleteSlideInput {
  /** The session. */
  session_id: SessionId;
  /** The slide. */
  slide_id: SlideId;
  /**
   * The `ETag` of the deck that the change is made for, or `*` for the deck whatever it is like by
   * now.
   */
  if_match: string;
}

/** What {@link Operations.moveSlide} takes. */
export interface MoveSlideInput {
  /** The session. */
  session_id: SessionId;
  /** The slide. */
  slide_id: SlideId;
  /**
   * The `ETag` of the deck that the change is made for, or `*` for the deck whatever it is like by
   * now.
   */
  if_match: string;
  /** Where the slide goes. */
  body: SlideMove;
}

/** What {@link Operations.exportSession} takes. */
export interface ExportSessionInput {
  /** The session. */
  session_id: SessionId;
  /**
   * The kind of file. Where it is missing, `Accept` decides between the two, and `pptx` is
   * taken where both are as welcome.
   */
  format?: ExportFormat;
}

/** What {@link Operations.getSessionTranscript} takes. */
export interface GetSessionTranscriptInput {
  /** The session. */
  session_id: SessionId;
}

/** What {@link Operations.sendChatMessage} takes. */
export interface SendChatMessageInput {
  /** The session and the message. */
  body: ChatMessageCreate;
}

/** What {@link Operations.createGroundedSession} takes. */
export interface CreateGroundedSessionInput {
  /** The topic, if there is one. */
  body?: GroundedSessionCreate;
}

/** What {@link Operations.deleteGroundedSession} takes. */
export interface DeleteGroundedSessionInput {
  /** The session. */
  sessionId: string;
}

/** What {@link Operations.listGroundedMessages} takes. */
export interface ListGroundedMessagesInput {
  /** The session. */
  sessionId: string;
}

/** What {@link Operations.sendGroundedMessage} takes. */
export interface SendGroundedMessageInput {
  /** The session. */
  sessionId: string;
  /** The message. */
  body: GroundedMessageCreate;
}

/** What {@link Operations.listBooks} takes. */
export interface ListBooksInput {
  /**
   * The most entries to return.
   *
   * Default: `50`.
   */
  limit?: number;
  /** The `nextCursor` of the page before. */
  cursor?: string;
}

/** What {@link Operations.uploadBook} takes. */
export interface UploadBookInput {
  /** The file, and what is known of it. */
  body: BookUpload;
}

/** What {@link Operations.getBook} takes. */
export interface GetBookInput {
  /** The book. */
  bookId: BookId;
}

/** What {@link Operations.deleteBook} takes. */
export interface DeleteBookInput {
  /** The book. */
  bookId: BookId;
}

/** What {@link Operations.retryBook} takes. */
export interface RetryBookInput {
  /** The book. */
  bookId: BookId;
}

/** What {@link Operations.getPassage} takes. */
export interface GetPassageInput {
  /** The book. */
  bookId: BookId;
  /** The passage, as a source names it. */
  passageId: PassageId;
}

/** What {@link Operations.listTopics} takes. */
export interface ListTopicsInput {
  /**
   * The most entries to return.
   *
   * Default: `50`.
   */
  limit?: number;
  /** The `nextCursor` of the page before. */
  cursor?: string;
}

/** What {@link Operations.getTopic} takes. */
export interface GetTopicInput {
  /** The topic. */
  topicId: TopicId;
}

/** What {@link Operations.putTopic} takes. */
export interface PutTopicInput {
  /** The topic. */
  topicId: TopicId;
  /** The topic. */
  body: TopicUpdate;
}

/** What {@link Operations.deleteTopic} takes. */
export interface DeleteTopicInput {
  /** The topic. */
  topicId: TopicId;
}

/** What {@link Operations.listAgents} takes. */
export interface ListAgentsInput {
  /**
   * The most entries to return.
   *
   * Default: `50`.
   */
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string;
}

/** What {@link Operations.createAgent} takes. */
export interface CreateAgentInput {
  /** The agent. */
  body: AgentCreate;
}

/** What {@link Operations.getAgent} takes. */
export interface GetAgentInput {
  /** The agent. */
  agent_id: AgentId;
}

/** What {@link Operations.deleteAgent} takes. */
export interface DeleteAgentInput {
  /** The agent. */
  agent_id: AgentId;
}

/** What {@link Operations.updateAgent} takes. */
export interface UpdateAgentInput {
  /** The agent. */
  agent_id: AgentId;
  /** The fields to change; null empties one that may be empty. */
  body: AgentUpdate;
}

/** What {@link Operations.listProfiles} takes. */
export interface ListProfilesInput {
  /**
   * The most entries to return.
   *
   * Default: `50`.
   */
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string;
}

/** What {@link Operations.createProfile} takes. */
export interface CreateProfileInput {
  /** The profile. */
  body: ProfileCreate;
}

/** What {@link Operations.getProfile} takes. */
export interface GetProfileInput {
  /** The profile. */
  profile_id: ProfileId;
}

/** What {@link Operations.deleteProfile} takes. */
export interface DeleteProfileInput {
  /** The profile. */
  profile_id: ProfileId;
}

/** What {@link Operations.updateProfile} takes. */
export interface UpdateProfileInput {
  /** The profile. */
  profile_id: ProfileId;
  /** The fields to change; null empties one that may be empty. */
  body: ProfileUpdate;
}

/** What {@link Operations.getContractYaml} takes. */
export interface GetContractYamlInput {
  /** An ETag that the client has; the answer is 304 where it still holds. */
  if_none_match?: string;
}

/** What {@link Operations.getContractJson} takes. */
export interface GetContractJsonInput {
  /** An ETag that the client has; the answer is 304 where it still holds. */
  if_none_match?: string;
}

/** What the server can do: one method for each operation of the contract. */
export interface Operations {
  /**
   * Create a session with one agent: `POST /sessions/create`.
   *
   * Starts a conversation with one agent. An agent that is not in the catalogue is accepted and
   * is recorded under its id as its name. A blank `name` counts as not given.
   */
  createAgentSession(input: CreateAgentSessionInput, options?: CallOptions): Call<AgentSessionCreated>;

  /**
   * Delete a session: `DELETE /sessions/delete/{session_id}`.
   *
   * Deletes a session, standalone or of a team, with its whole history.
   */
  deleteAgentSession(input: DeleteAgentSessionInput, options?: CallOptions): Call<AgentSessionDeleted>;

  /**
   * Read a session's history from its start: `GET /sessions/history/{session_id}`.
   *
   * The messages of a session in the order in which they were written, from the first one after
   * `skip`. It works for team sessions too.
   */
  getAgentSessionHistory(input: GetAgentSessionHistoryInput, options?: CallOptions): PagedCall<SessionHistory, HistoryMessage>;

  /**
   * Add a message to a session's history: `POST /sessions/history/update/{session_id}`.
   *
   * Appends one message. It is durable when the answer arrives. Any number of clients may append
   * to one session at once: no message is lost and `seq` has no gap.
   */
  updateAgentSessionHistory(input: UpdateAgentSessionHistoryInput, options?: CallOptions): Call<HistoryUpdated>;

  /**
   * Read the newest part of a session's history: `GET /sessions/history/recent/{session_id}`.
   *
   * The newest `limit` messages after leaving out the `skip` newest ones, in the order in which
   * they were written. It works for team sessions too.
   */
  getRecentSessionHistory(input: GetRecentSessionHistoryInput, options?: CallOptions): PagedCall<RecentSessionHistory, HistoryMessage>;

  /**
   * List a user's sessions: `GET /sessions/get_all/{user_id}`.
   *
   * All sessions that the user owns, standalone and of teams. The user must be the one that the
   * token names; administrators may ask for anybody.
   */
  listUserSessions(input: ListUserSessionsInput, options?: CallOptions): PagedCall<UserSessions, AgentSession>;

  /**
   * List the sessions of an agent: `GET /sessions/get_by_agent/{agent_id}`.
   *
   * The caller's sessions in which the agent takes part, alone or in a team. Administrators see
   * everybody's. An agent without sessions has an empty list.
   */
  listAgentSessions(input: ListAgentSessionsInput, options?: CallOptions): PagedCall<AgentSessions, AgentSession>;

  /**
   * Read a session with a page of its history: `GET /sessions/get/{session_id}`.
   *
   * Everything about a session, standalone or of a team, and the messages from the first one
   * after `skip`.
   */
  getAgentSession(input: GetAgentSessionInput, options?: CallOptions): PagedCall<AgentSessionReply, HistoryMessage>;

  /**
   * Create a session with several agents: `POST /sessions/team/create`.
   *
   * Starts a conversation with a team, in the order given. An agent that is not in the catalogue
   * is accepted and is recorded under its id as its name. A blank `name` counts as not given.
   */
  createTeamSession(input: CreateTeamSessionInput, options?: CallOptions): Call<TeamSessionCreated>;

  /**
   * Read a team session's history from its start: `GET /sessions/team/history/{session_id}`.
   *
   * The messages of all agents in the order in which they were written. A standalone session is
   * not found here.
   */
  getTeamSessionHistory(input: GetTeamSessionHistoryInput, options?: CallOptions): PagedCall<TeamSessionHistory, HistoryMessage>;

  /**
   * Add a message to a team session's history: `POST /sessions/team/history/update/{session_id}`.
   *
   * Appends one message, of an agent of the team where `agent_id` is given, with the name that
   * the agent had when the session was created. A standalone session is not found here.
   */
  updateTeamSessionHistory(input: UpdateTeamSessionHistoryInput, options?: CallOptions): Call<TeamHistoryUpdated>;

  /**
   * List the caller's team sessions: `GET /sessions/get_all_team`.
   *
   * The team sessions of the user that the token names.
   */
  listTeamSessions(input?: ListTeamSessionsInput, options?: CallOptions): PagedCall<TeamSessions, TeamSession>;

  /**
   * List the caller's standalone sessions: `GET /sessions/get_all_standalone`.
   *
   * The sessions without a team of the user that the token names.
   */
  listStandaloneSessions(input?: ListStandaloneSessionsInput, options?: CallOptions): PagedCall<StandaloneSessions, AgentSession>;

  /**
   * Rename a session: `PUT /sessions/rename/{session_id}`.
   *
   * Gives a session, standalone or of a team, a new name.
   */
  renameAgentSession(input: RenameAgentSessionInput, options?: CallOptions): Call<AgentSessionRenamed>;

  /**
   * List the caller's sessions: `GET /api/sessions`.
   *
   * The sessions that the caller created, most recently active first. Sessions without an owner
   * are open to everyone by their id and are not listed.
   */
  listSessions(input?: ListSessionsInput, options?: CallOptions): PagedCall<SessionPage, Session>;

  /**
   * Create a session: `POST /api/sessions`.
   *
   * Creates a session that belongs to the caller. Every field may be left out, and the body too;
   * null and a blank title count as not given. The profile need not be in the catalogue; where
   * it is, and no name is given, the session takes the profile's name.
   */
  createSession(input?: CreateSessionInput, options?: CallOptions): Call<Session>;

  /**
   * Delete several sessions at once: `POST /api/sessions/cleanup`.
   *
   * Deletes the sessions in one transaction and says which ones. Unknown sessions and those that
   * the caller may not touch are left out; an id that is given twice counts once.
   */
  deleteSessions(input: DeleteSessionsInput, options?: CallOptions): Call<SessionCleanupResult>;

  /**
   * Read a session: `GET /api/sessions/{session_id}`.
   *
   * The session without its messages.
   */
  getSession(input: GetSessionInput, options?: CallOptions): Call<Session>;

  /**
   * Delete a session: `DELETE /api/sessions/{session_id}`.
   *
   * Deletes the session with its messages.
   */
  deleteSession(input: DeleteSessionInput, options?: CallOptions): Call<void>;

  /**
   * Rename a session: `PATCH /api/sessions/{session_id}`.
   *
   * Gives the session a new title.
   */
  renameSession(input: RenameSessionInput, options?: CallOptions): Call<Session>;

  /**
   * Read all messages of a session: `GET /api/sessions/{session_id}/messages`.
   *
   * All messages in the order in which they were written, up to 10,000. Where there are more,
   * `next_cursor` leads on. The answer is sent in parts as it is read, so that a long session
   * costs the server little memory; should a part fail, the connection is cut and the JSON stays
   * unfinished, so a short answer is never taken for a complete one.
   */
  listSessionMessages(input: ListSessionMessagesInput, options?: CallOptions): PagedCall<SessionMessages, Message>;

  /**
   * Send a message to a session and stream the answer: `POST /api/sessions/{session_id}/messages`.
   *
   * The same as `POST /api/chat`, with the session in the path: the same checks, the same events,
   * the same context.
   */
  sendSessionMessage(input: SendSessionMessageInput, options: CallOptions & { stream: true }): Call<EventStream<RunEvent>>;
  /**
   * Send a message to a session and stream the answer: `POST /api/sessions/{session_id}/messages`.
   *
   * The same as `POST /api/chat`, with the session in the path: the same checks, the same events,
   * the same context.
   */
  sendSessionMessage(input: SendSessionMessageInput, options?: CallOptions & { stream?: false }): Call<Turn>;
  /**
   * Send a message to a session and stream the answer: `POST /api/sessions/{session_id}/messages`.
   *
   * The same as `POST /api/chat`, with the session in the path: the same checks, the same events,
   * the same context.
   */
  sendSessionMessage(input: SendSessionMessageInput, options: CallOptions): Call<Turn | EventStream<RunEvent>>;

  /**
   * Read the state of a run: `GET /api/sessions/{session_id}/runs/{run_id}`.
   *
   * Whether the turn is still running, how it ended, and how many events it has.
   */
  getRun(input: GetRunInput, options?: CallOptions): Call<Run>;

  /**
   * Follow the events of a run: `GET /api/sessions/{session_id}/runs/{run_id}/events`.
   *
   * The events after `Last-Event-ID`, or all of them, each exactly once; those that are still to
   * come follow as they happen, and `done` is the last. Works while the run runs and until 24 hours
   * (the server's `PALAVER_EVENT_RETENTION`) after it has ended, also from another server on the
   * same database. A comment line every 15 seconds keeps an idle connection alive. Where the session
   * is deleted meanwhile, the stream ends without `done`.
   */
  streamRunEvents(input: StreamRunEventsInput, options?: CallOptions): Call<EventStream<RunEvent>>;

  /**
   * Cancel a run: `POST /api/sessions/{session_id}/runs/{run_id}/cancel`.
   *
   * Ends a running turn. What was written so far is kept as a message with the status `cancelled`.
   * The answer comes when the turn has ended, which it may have done by itself in that moment;
   * should its server take longer than ten seconds to notice, the run is returned as it then is.
   */
  cancelRun(input: CancelRunInput, options?: CallOptions): Call<Run>;

  /**
   * Read a session's deck: `GET /api/sessions/{session_id}/slides`.
   *
   * The slides in their order, each as structured content and as HTML that holds no script and
   * loads nothing. A session whose deck nobody has made yet has one without slides, of version 0,
   * under the session's title. `ETag` is what `If-Match` takes when the deck is changed.
   */
  getSessionSlides(input: GetSessionSlidesInput, options?: CallOptions): Call<Deck>;

  /**
   * Add a slide to a deck: `POST /api/sessions/{session_id}/slides`.
   *
   * Puts a slide at a position, or at the end. The first slide of a session makes its deck, which
   * gets the session's title. An image slide shows an image that was uploaded to the session.
   */
  insertSlide(input: InsertSlideInput, options?: CallOptions): Call<DeckSlide>;

  /**
   * Change a deck's theme or title: `PATCH /api/sessions/{session_id}/slides`.
   *
   * Changes the given fields and leaves the others. A session whose deck nobody has made yet gets
   * one without slides.
   */
  updateDeck(input: UpdateDeckInput, options?: CallOptions): Call<Deck>;

  /**
   * Take back the last change of a deck: `POST /api/sessions/{session_id}/slides/undo`.
   *
   * Makes a version that is like the one before the last change; doing it again goes back further,
   * up to 100 changes. A change after that starts from there.
   */
  undoDeckChange(input: UndoDeckChangeInput, options?: CallOptions): Call<Deck>;

  /**
   * Upload an image for slides: `POST /api/sessions/{session_id}/slides/images`.
   *
   * Takes a PNG, JPEG, GIF or WebP file of up to 10 MiB and 40 megapixels. It is kept as PNG, or as
   * JPEG where it is one and that is smaller, at most 1920 pixels wide and high, upright, with
   * nothing of the file but its pixels. Of an animation, the first picture is kept. A session may
   * have 200 images and 200 MiB of them; one that no version of its deck shows is forgotten a day
   * after it was uploaded, when room is needed.
   */
  uploadSlideImage(input: UploadSlideImageInput, options?: CallOptions): Call<SlideImage>;

  /**
   * Read an image of a session: `GET /api/sessions/{session_id}/slides/images/{image_id}`.
   *
   * The image as it is kept, in the one type that it has. It never changes.
   */
  getSlideImage(input: GetSlideImageInput, options?: CallOptions & { accept?: "image/png" | "image/jpeg" }): Call<Download>;

  /**
   * Read a slide: `GET /api/sessions/{session_id}/slides/{slide_id}`.
   *
   * One slide of the deck. `ETag` is the deck's.
   */
  getSlide(input: GetSlideInput, options?: CallOptions): Call<DeckSlide>;

  /**
   * Replace a slide: `PUT /api/sessions/{session_id}/slides/{slide_id}`.
   *
   * Gives a slide other content, also of another layout. Its id and its place stay.
   */
  replaceSlide(input: ReplaceSlideInput, options?: CallOptions): Call<DeckSlide>;

  /**
   * Delete a slide: `DELETE /api/sessions/{session_id}/slides/{slide_id}`.
   *
   * Takes a slide out of the deck. Its id is not used again, unless the change is undone.
   */
  deleteSlide(input: DeleteSlideInput, options?: CallOptions): Call<void>;

  /**
   * Move a slide: `POST /api/sessions/{session_id}/slides/{slide_id}/move`.
   *
   * Puts a slide at another position; the others keep their order.
   */
  moveSlide(input: MoveSlideInput, options?: CallOptions): Call<Deck>;

  /**
   * Export a session's deck as a file: `POST /api/sessions/{session_id}/export`.
   *
   * The deck as a presentation that PowerPoint and LibreOffice can edit, or as a PDF with one page
   * a slide. What does not fit a slide goes on on the next one. The kind of file is said in the
   * address or by `Accept`; a body is not read.
   */
  exportSession(input: ExportSessionInput, options?: CallOptions & { accept?: "application/vnd.openxmlformats-officedocument.presentationml.presentation" | "application/pdf" }): Call<Download>;

  /**
   * Read what was said in a session, as a document: `GET /api/sessions/{session_id}/transcript`.
   *
   * The whole conversation, to keep or to print: as Markdown, with each message in a quotation, or,
   * where `Accept` prefers it, as JSON. It is sent in parts as it is read; should a part fail, the connection is cut.
   */
  getSessionTranscript(input: GetSessionTranscriptInput, options?: CallOptions & { accept?: "text/markdown" }): Call<Download>;
  /**
   * Read what was said in a session, as a document: `GET /api/sessions/{session_id}/transcript`.
   *
   * The whole conversation, to keep or to print: as Markdown, with each message in a quotation, or,
   * where `Accept` prefers it, as JSON. It is sent in parts as it is read; should a part fail, the connection is cut.
   */
  getSessionTranscript(input: GetSessionTranscriptInput, options: CallOptions & { accept: "application/json" }): Call<Transcript>;

  /**
   * Send a message and stream the answer: `POST /api/chat`.
   *
   * Stores the message, starts a turn and streams its events: for each message of the answer
   * `message.started`, some `message.delta`, `message.source` for each passage that the answer
   * rests on, and `message.completed`, and in between a `deck.updated` for each change to the
   * session's deck; `session.titled` where the session got a title; `error` where the turn failed;
   * and `done` at the end. In a session with a team, each agent's messages carry its id and name.
   * Event ids count from 1 without gaps.
   *
   * With `Accept: application/json` the answer waits for the end of the turn and holds its
   * messages; a turn that fails is then a 502. A client that disconnects does not end the turn.
   * With an `Idempotency-Key` that was used before, the answer is that of the first turn, or a
   * 410 once its events are no longer kept.
   */
  sendChatMessage(input: SendChatMessageInput, options: CallOptions & { stream: true }): Call<EventStream<RunEvent>>;
  /**
   * Send a message and stream the answer: `POST /api/chat`.
   *
   * Stores the message, starts a turn and streams its events: for each message of the answer
   * `message.started`, some `message.delta`, `message.source` for each passage that the answer
   * rests on, and `message.completed`, and in between a `deck.updated` for each change to the
   * session's deck; `session.titled` where the session got a title; `error` where the turn failed;
   * and `done` at the end. In a session with a team, each agent's messages carry its id and name.
   * Event ids count from 1 without gaps.
   *
   * With `Accept: application/json` the answer waits for the end of the turn and holds its
   * messages; a turn that fails is then a 502. A client that disconnects does not end the turn.
   * With an `Idempotency-Key` that was used before, the answer is that of the first turn, or a
   * 410 once its events are no longer kept.
   */
  sendChatMessage(input: SendChatMessageInput, options?: CallOptions & { stream?: false }): Call<Turn>;
  /**
   * Send a message and stream the answer: `POST /api/chat`.
   *
   * Stores the message, starts a turn and streams its events: for each message of the answer
   * `message.started`, some `message.delta`, `message.source` for each passage that the answer
   * rests on, and `message.completed`, and in between a `deck.updated` for each change to the
   * session's deck; `session.titled` where the session got a title; `error` where the turn failed;
   * and `done` at the end. In a session with a team, each agent's messages carry its id and name.
   * Event ids count from 1 without gaps.
   *
   * With `Accept: application/json` the answer waits for the end of the turn and holds its
   * messages; a turn that fails is then a 502. A client that disconnects does not end the turn.
   * With an `Idempotency-Key` that was used before, the answer is that of the first turn, or a
   * 410 once its events are no longer kept.
   */
  sendChatMessage(input: SendChatMessageInput, options: CallOptions): Call<Turn | EventStream<RunEvent>>;

  /**
   * Create a session that answers from the books: `POST /api/v1/chat/sessions`.
   *
   * Starts a conversation. A `topicId` of the catalogue steers the search by the topic's words; one
   * that the catalogue does not have is kept as a label. Without one the session is free-form.
   */
  createGroundedSession(input?: CreateGroundedSessionInput, options?: CallOptions): Call<GroundedSession>;

  /**
   * Delete a session and all its messages: `DELETE /api/v1/chat/sessions/{sessionId}`.
   *
   * Deletes the conversation for good. A turn that is running ends without an answer.
   */
  deleteGroundedSession(input: DeleteGroundedSessionInput, options?: CallOptions): Call<void>;

  /**
   * Read all messages of a session: `GET /api/v1/chat/sessions/{sessionId}/messages`.
   *
   * The whole history in the order in which it was written, up to 1,000,000 messages. An answer that
   * failed, or that is still being made, is not in it. It is sent in parts as it is read; should a part fail, the connection is cut and the JSON stays unfinished.
   */
  listGroundedMessages(input: ListGroundedMessagesInput, options?: CallOptions): Call<GroundedMessages>;

  /**
   * Send a message and get an answer from the books: `POST /api/v1/chat/sessions/{sessionId}/messages`.
   *
   * Stores the message, searches the books, and answers from what was found and from nothing else;
   * the answer comes when it is complete. Numbers in brackets in its text, such as `[1]`, refer to
   * passages that were found. `sources` names the pages that the answer rests on, each once: only
   * passages that the answer was made from are named. Where the books say nothing about the
   * question, `sources` is empty and the text says so; an answer of the model that rests on none of
   * the passages that it was given is replaced by that.
   *
   * `page` is, in a PDF, the page's place in the file, from 1; in an EPUB, the chapter's place in
   * the reading order; in a DOCX or Markdown document, the section's, by its headings; in plain
   * text, the page by its form feeds, or a piece of about 3,000 characters where it has none.
   */
  sendGroundedMessage(input: SendGroundedMessageInput, options?: CallOptions): Call<GroundedAnswer>;

  /**
   * List the books: `GET /api/v1/books`.
   *
   * The library in the order in which the books were uploaded, with how far each of them is. Every
   * user sees all of it.
   */
  listBooks(input?: ListBooksInput, options?: CallOptions): PagedCall<BookPage, Book>;

  /**
   * Upload a book: `POST /api/v1/books`.
   *
   * Takes a PDF, EPUB, DOCX, Markdown or plain text file (in any common encoding), whatever its name
   * says, and answers at once with a book that is `PROCESSING`; its status becomes `READY`, from
   * when on it is found, or `FAILED` with a `reason`. A file may have as many mebibytes as
   * `PALAVER_MAX_UPLOAD_MB` says, 200 unless that is set. Without a `title` the book is named by its
   * file. Only whoever has the shared credential, or an administrator, may upload.
   */
  uploadBook(input: UploadBookInput, options?: CallOptions): Call<Book>;

  /**
   * Read a book's state: `GET /api/v1/books/{bookId}`.
   *
   * What the book is, and how far its ingestion is.
   */
  getBook(input: GetBookInput, options?: CallOptions): Call<Book>;

  /**
   * Delete a book: `DELETE /api/v1/books/{bookId}`.
   *
   * From now on nothing of the book is found. Answers that were made from it keep its title and page.
   */
  deleteBook(input: DeleteBookInput, options?: CallOptions): Call<void>;

  /**
   * Take in a book anew that failed: `POST /api/v1/books/{bookId}/retry`.
   *
   * Makes a book that is `FAILED` one that is `PROCESSING`, from its beginning.
   */
  retryBook(input: RetryBookInput, options?: CallOptions): Call<Book>;

  /**
   * Read a passage that an answer names: `GET /api/v1/books/{bookId}/passages/{passageId}`.
   *
   * The text of the passage as it stands on its page, for showing a source.
   */
  getPassage(input: GetPassageInput, options?: CallOptions): Call<Passage>;

  /**
   * List the topics: `GET /api/v1/topics`.
   *
   * The catalogue in the order of the topics' ids. Every user sees all of it.
   */
  listTopics(input?: ListTopicsInput, options?: CallOptions): PagedCall<TopicPage, Topic>;

  /**
   * Read a topic: `GET /api/v1/topics/{topicId}`.
   *
   * The topic with its title and the words that lead the search.
   */
  getTopic(input: GetTopicInput, options?: CallOptions): Call<Topic>;

  /**
   * Create or change a topic: `PUT /api/v1/topics/{topicId}`.
   *
   * Stores the topic under the id of the path, in place of the one that was there. Its terms prefer
   * passages that are about it; they never decide whether something was found.
   */
  putTopic(input: PutTopicInput, options?: CallOptions): Call<Topic>;

  /**
   * Delete a topic: `DELETE /api/v1/topics/{topicId}`.
   *
   * The sessions of the topic keep its id as a label.
   */
  deleteTopic(input: DeleteTopicInput, options?: CallOptions): Call<void>;

  /**
   * List agents: `GET /api/agents`.
   *
   * The catalogue in the order in which the agents were created. Every user sees all of it.
   */
  listAgents(input?: ListAgentsInput, options?: CallOptions): PagedCall<AgentPage, Agent>;

  /**
   * Create an agent: `POST /api/agents`.
   *
   * Adds an agent to the catalogue. Sessions created from now on know it by its name; where no
   * `agent_id` is given, the server makes one.
   */
  createAgent(input: CreateAgentInput, options?: CallOptions): Call<Agent>;

  /**
   * Read an agent: `GET /api/agents/{agent_id}`.
   *
   * One agent of the catalogue. Every user sees it.
   */
  getAgent(input: GetAgentInput, options?: CallOptions): Call<Agent>;

  /**
   * Delete an agent: `DELETE /api/agents/{agent_id}`.
   *
   * Takes the agent out of the catalogue. Its creator and administrators may. Sessions keep its
   * id and name.
   */
  deleteAgent(input: DeleteAgentInput, options?: CallOptions): Call<void>;

  /**
   * Change an agent: `PATCH /api/agents/{agent_id}`.
   *
   * Changes the given fields and leaves the others. Its creator and administrators may. Sessions
   * keep the name that the agent had when they were created.
   */
  updateAgent(input: UpdateAgentInput, options?: CallOptions): Call<Agent>;

  /**
   * List profiles: `GET /api/profiles`.
   *
   * The catalogue in the order of the profiles' ids. Every user sees all of it.
   */
  listProfiles(input?: ListProfilesInput, options?: CallOptions): PagedCall<ProfilePage, Profile>;

  /**
   * Create a profile: `POST /api/profiles`.
   *
   * Adds a profile to the catalogue. The server numbers it.
   */
  createProfile(input: CreateProfileInput, options?: CallOptions): Call<Profile>;

  /**
   * Read a profile: `GET /api/profiles/{profile_id}`.
   *
   * One profile of the catalogue. Every user sees it.
   */
  getProfile(input: GetProfileInput, options?: CallOptions): Call<Profile>;

  /**
   * Delete a profile: `DELETE /api/profiles/{profile_id}`.
   *
   * Takes the profile out of the catalogue. Its creator and administrators may. Sessions keep its
   * id and name.
   */
  deleteProfile(input: DeleteProfileInput, options?: CallOptions): Call<void>;

  /**
   * Change a profile: `PATCH /api/profiles/{profile_id}`.
   *
   * Changes the given fields and leaves the others. Its creator and administrators may. Sessions
   * keep the profile name that they were created with.
   */
  updateProfile(input: UpdateProfileInput, options?: CallOptions): Call<Profile>;

  /**
   * Say whether the server lives: `GET /healthz`.
   *
   * Answers as long as the process serves requests. It touches nothing else.
   */
  checkHealth(input?: Record<string, never>, options?: CallOptions): Call<Health>;

  /**
   * Say whether the server can work: `GET /readyz`.
   *
   * Answers 200 when the database is reachable and migrated, 503 when not.
   */
  checkReadiness(input?: Record<string, never>, options?: CallOptions): Call<Readiness>;

  /**
   * Read this contract as YAML: `GET /openapi.yaml`.
   *
   * The bytes of the file that the server was started with.
   */
  getContractYaml(input?: GetContractYamlInput, options?: CallOptions): Call<Download | undefined>;

  /**
   * Read this contract as JSON: `GET /openapi.json`.
   *
   * The same document as `/openapi.yaml`, in JSON, with its references kept.
   */
  getContractJson(input?: GetContractJsonInput, options?: CallOptions): Call<ContractDocument | undefined>;
}
