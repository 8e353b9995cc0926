"""The composition root: settings in, a running application out."""

from __future__ import annotations

import asyncio
import importlib.resources
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp

from palaver.auth.basic import BasicSecurity
from palaver.auth.bearer import BearerSecurity, TokenVerifier
from palaver.auth.secrets_file import InstanceSecrets, load_or_create
from palaver.auth.tokens import token_rules
from palaver.chat.providers import ExtractiveProvider, OpenAIProvider, Provider
from palaver.chat.turns import TurnEngine
from palaver.console.application import MAX_BODY_BYTES, create_console, owner_of
from palaver.console.pages import Program
from palaver.contract.document import Document
from palaver.contract.runtime import READERS, WRITERS, build_app, handlers_by_tag
from palaver.contract.values import ContractValues
from palaver.decks.editor import DeckEditor
from palaver.decks.exporting import AT_ONCE as EXPORTS_AT_ONCE
from palaver.decks.exporting import Exports
from palaver.decks.making.maker import DeckMaker
from palaver.decks.pictures import AT_ONCE as DECODING
from palaver.decks.rendering.css import style_sheet
from palaver.decks.rendering.themes import THEMES
from palaver.errors import StoreUnavailable
from palaver.handlers.backend import Backend
from palaver.handlers.keeping import check_keeper
from palaver.retrieval.embeddings import embeddings_of
from palaver.retrieval.files import Files
from palaver.retrieval.ingest import AT_ONCE, Ingestion
from palaver.retrieval.search import Library
from palaver.settings import InvalidSetting, Settings, load_settings
from palaver.store import Store, open_store
from palaver.workers import Workers
from palaver.wsgi import THREADS as CONSOLE_THREADS
from palaver.wsgi import Behind

CHAT_WORKERS = {"embedded": 16, "postgresql": 6}
"""Threads for what turns read and write, which are not the requests' own, so that neither waits for
the other. On SQLite they share commits; on PostgreSQL each takes a connection."""

INGESTING = AT_ONCE + 1
"""Threads of the ingestion: one for each book, and the one that looks for them."""

FORM_BYTES = 1 << 16
"""What the form of an upload may have beside its file."""

DRAIN = "palaver.drain"
"""The key of the lifespan state under which a server finds what to call before it stops."""


def load_contract() -> Document:
    """The contract that this version of Palaver ships."""
    resource = importlib.resources.files("palaver") / "openapi.yaml"
    return Document.parse(resource.read_bytes())


def token_verifier(settings: Settings, secrets: InstanceSecrets) -> TokenVerifier:
    """What checks tokens. Raises ``InvalidSetting`` for a key set that cannot be read."""
    try:
        return TokenVerifier(token_rules(settings, secrets))
    except ValueError as error:
        raise InvalidSetting(f"PALAVER_JWT_JWKS cannot be used: {error}") from None


def open_settings_store(settings: Settings, *, read_only: bool = False) -> Store:
    """The store that the settings name; the embedded one migrates itself, unless ``read_only``.

    Raises ``InvalidSetting`` for a URL that no store has, ``StoreUnavailable``.
    """
    try:
        decks = EXPORTS_AT_ONCE + DECODING
        threads = READERS + WRITERS + decks + CONSOLE_THREADS + INGESTING
        threads += _chat_workers(settings)
        store = open_store(settings.effective_database_url, pool_size=threads)
    except ValueError as error:
        raise InvalidSetting(f"PALAVER_DATABASE_URL cannot be used: {error}") from None
    if settings.is_embedded and not read_only:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        store.migrate()
    return store


def _chat_workers(settings: Settings) -> int:
    return CHAT_WORKERS["embedded" if settings.is_embedded else "postgresql"]


def require_ready(store: Store) -> None:
    """Raise ``StoreUnavailable``, with what to do, unless the schema is up to date."""
    if not store.is_current():
        raise StoreUnavailable("The database is not migrated; run `palaver migrate` first.")


def model_provider(settings: Settings) -> Provider:
    """The language model that the settings name; the embedded one, which quotes, without any.

    Raises ``InvalidSetting``.
    """
    if not settings.llm_base_url:
        return ExtractiveProvider()
    try:
        return OpenAIProvider(
            base_url=settings.llm_base_url,
            api_key=settings.llm_api_key,
            model=settings.llm_model,
            timeout=settings.llm_timeout,
            context_tokens=settings.llm_context_tokens,
        )
    except ValueError as error:
        raise InvalidSetting(f"PALAVER_LLM_BASE_URL or PALAVER_LLM_API_KEY: {error}") from None


def originals(settings: Settings) -> Files:
    """Where the originals of books are kept. Raises ``InvalidSetting``."""
    try:
        return Files(settings.effective_files_url)
    except (ValueError, OSError) as error:
        raise InvalidSetting(f"PALAVER_FILES_URL cannot be used: {error}") from None


def compose(
    settings: Settings, *, provider: Provider | None = None, command: str = "palaver"
) -> ASGIApp:
    """The whole application for some settings, or with another ``provider`` than they name.

    ``command`` is how whoever runs the server calls its program.

    Raises ``InvalidSetting``, ``UnusableSecrets``, ``ContractError`` and ``StoreUnavailable``: what
    can be wrong is found here and not at the first request.
    """
    document = load_contract()
    handlers = handlers_by_tag(document, "palaver.handlers")
    secrets = load_or_create(settings.data_dir)
    verifier = token_verifier(settings, secrets)
    password = settings.basic_password or secrets.basic_password
    store = open_settings_store(settings)
    require_ready(store)
    embeddings = embeddings_of(settings)
    ingestion = Ingestion(
        store,
        originals(settings),
        alone=settings.is_embedded,
        embed=embeddings.embed if embeddings else None,
    )
    workers = Workers(_chat_workers(settings))
    turns = TurnEngine(
        store,
        workers,
        provider or model_provider(settings),
        retention=timedelta(seconds=settings.event_retention),
        alone=settings.is_embedded,
        passages=Library(store, workers, embeddings.ask if embeddings else None),
        tools=DeckMaker(store, workers, ContractValues(document)),
    )

    decks = DeckEditor(store)
    exports = Exports(decks)
    console = create_console(
        token_rules(settings, secrets),
        store,
        style_sheets=[style_sheet(each) for each in THEMES],
        program=Program(command, settings.command_options),
    )
    behind = Behind(console, owns=owner_of(console), max_body_bytes=MAX_BODY_BYTES)
    decoders = Workers(DECODING)
    closing = asyncio.Event()

    def drain(grace: float) -> None:
        turns.drain(grace)
        ingestion.halt()
        # Bodies that still come get the grace that turns get.
        asyncio.get_running_loop().call_later(grace, closing.set)

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[Mapping[str, Any]]:
        try:
            await turns.start()
            await workers.run(ingestion.start)
            yield {DRAIN: drain}
        finally:
            await turns.stop()
            exports.close()
            decoders.close()
            await workers.run(ingestion.stop)
            if embeddings is not None:
                await embeddings.close()
            workers.close()
            behind.close()
            store.close()

    return build_app(
        document,
        handlers,
        backend=Backend(
            store=store,
            turns=turns,
            ingestion=ingestion,
            decks=decks,
            exports=exports,
            decoders=decoders,
            document=document,
            largest_upload=settings.max_upload_bytes,
        ),
        body_limits={"upload_book": settings.max_upload_bytes + FORM_BYTES},
        # Who may not change the library is told so before a large file has come.
        admission={"upload_book": check_keeper},
        closing=closing,
        behind=behind,
        # What takes seconds of a processor for one client.
        ending_with_client={"export_session", "upload_slide_image"},
        security={
            "bearer": lambda: BearerSecurity(verifier),
            "basic": lambda: BasicSecurity(settings.basic_username, password),
        },
        lifespan=lifespan,
    )


def create_app() -> ASGIApp:
    """The application for the settings of the environment; for ASGI servers that take a factory."""
    return compose(load_settings())
