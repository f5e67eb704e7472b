"""Composition root: the only module that brings city, conversations, matcher and store together."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from bot import city as cities
from bot import language as languages
from bot import vault as vaults
from bot.book import Book
from bot.checklist import Speech
from bot.city import City
from bot.desk import Desk
from bot.engine import Conversations
from bot.intake import Intake
from bot.language import Language
from bot.match import wordvectors
from bot.match.embed import Embedder, Progress, Unavailable
from bot.match.reader import Reader
from bot.match.wordvectors import WordVectors
from bot.settings import HOUSE, Settings
from bot.store import Store
from bot.text import Normaliser
from bot.wording import Wording
from conversations.ask.dialogue import Ask
from conversations.complain.dialogue import Complain
from conversations.inbox.dialogue import Inbox
from conversations.track.dialogue import Track

CONVERSATIONS = HOUSE / "conversations"
# In a city's folder: vectors of what it and its language pack say, see `doorstep index --ship`.
SHIPPED = "vectors.npz"


@dataclass(frozen=True)
class App:
    """Everything built for one city. `without_semantic` says why meaning is not compared."""

    settings: Settings
    city: City
    language: Language
    reader: Reader
    intake: Intake
    without_semantic: str | None

    def now(self) -> datetime:
        """The time in the city."""
        return datetime.now(self.city.zone)


def language_pack(code: str) -> Language:
    """The pack of a language. Raises SourceError if its files are broken or missing."""
    return languages.load(CONVERSATIONS / "languages" / code)


def conversations(language: Language) -> Conversations:
    """The conversations that the bot can hold, in a language's words."""
    words = language.complaints
    return Conversations(Ask(), Complain(words), track=Track(words), inbox=Inbox())


def embedder(settings: Settings) -> tuple[Embedder | None, str | None]:
    """The sentence model, or the reason why there is none."""
    if not settings.semantic:
        return None, "DOORSTEP_SEMANTIC is off"
    try:
        return Embedder(settings.data / "index" / "vectors.npz", settings.city / SHIPPED), None
    except Unavailable as error:
        return None, str(error)


def word_vectors(language: Language) -> WordVectors | None:
    """What stands in for the sentence model, if the language pack has it."""
    return WordVectors.load(language.folder / wordvectors.FILE)


def build(
    settings: Settings,
    store: Store | None = None,
    progress: Progress | None = None,
    *,
    anew: bool = False,
) -> App:
    """Loads the city, prepares or reads its index, and opens the store (in memory if given None).

    `anew` learns everything again, whatever was kept.

    Raises SourceError for a city or language pack that cannot be used, VaultError for keys that do
    not fit the store.
    """
    with _without_collector():
        return _built(settings, store or Store(), progress, anew=anew)


@contextmanager
def _without_collector() -> Iterator[None]:
    """While objects are made that all stay: to look for garbage takes a tenth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _built(settings: Settings, store: Store, progress: Progress | None, *, anew: bool) -> App:
    city = cities.load(settings.city)
    language = language_pack(city.about.language)
    # Before the index, which takes a while: keys that do not fit must be said at once.
    vaults.of(store, settings.keys)
    model, reason = embedder(settings)
    kept = None if anew else settings.data / "index"
    words = None if model else word_vectors(language)
    reader = Reader.fit(city, language, embedder=model, words=words, cache=kept, progress=progress)
    return assemble(settings, city, language, reader, store, reason)


def assemble(
    settings: Settings,
    city: City,
    language: Language,
    reader: Reader,
    store: Store,
    without_semantic: str | None = None,
) -> App:
    """Wires a prepared reader to conversations, wording and store.

    Raises VaultError if the store's contacts cannot be read with the keys at hand.
    """
    desk = _desk(settings, city, language, store)
    intake = Intake(
        store=store,
        conversations=conversations(language),
        book=Book(city, speech(reader.matcher.normalise, language)),
        rank=reader.read,
        wording=desk.wording,
        desk=desk,
    )
    return App(settings, city, language, reader, intake, without_semantic)


def desk(settings: Settings, store: Store) -> Desk:
    """The desk alone, for commands that need no matcher.

    Raises SourceError for a city that cannot be used, VaultError for keys that do not fit.
    """
    city = cities.load(settings.city)
    language = language_pack(city.about.language)
    return _desk(settings, city, language, store)


def _desk(settings: Settings, city: City, language: Language, store: Store) -> Desk:
    spoken = settings.language or city.about.language
    wording = Wording([settings.city / "wording", CONVERSATIONS], spoken, settings.compiled)
    words = language.complaints.check_words
    console = f"{settings.public_url.rstrip('/')}/staff" if settings.public_url else ""
    return Desk(city, wording, vaults.of(store, settings.keys), words, console)


def speech(normalise: Normaliser, language: Language) -> Speech:
    """How cues of situations are looked for in a citizen's text."""

    @lru_cache(maxsize=10_000)
    def plain(text: str) -> str:
        return normalise(text).text

    return Speech(plain, language.talk.negations)


def open_store(settings: Settings) -> Store:
    """The database in the data folder, which is made for its owner alone."""
    folder: Path = settings.data
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return Store(folder / "doorstep.db")
