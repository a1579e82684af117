"""Answers to the question for the voices, put together from what each engine says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from framevox.engine_daemon.protocol.messages import VoicesReply
from framevox.engine_daemon.protocol.sent_voices import is_sent
from framevox.engine_daemon.service.delivery import Delivery
from framevox.engine_daemon.service.engines import Engines
from framevox.engine_daemon.service.outcomes import Failure
from framevox.engine_daemon.service.workers import VoiceList, Workers

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import VoiceInfo

log = logging.getLogger(__name__)

Listing = Callable[[], Sequence["VoiceInfo"]]
"""Lists the voices of the daemon's own engine before it is loaded. Raises where it cannot."""


@dataclass
class _Question:
    """``said`` is what engines answered so far, by their names."""

    client: bytes
    id: str
    said: dict[str, list[dict[str, Any]] | Exception] = field(default_factory=dict)


class VoiceLists:
    """The questions that are open. ``engine_of`` names the engine that a voice needs."""

    def __init__(
        self, engines: Engines, delivery: Delivery, engine_of: Callable[[str], str], listing: Listing | None
    ) -> None:
        self._engines = engines
        self._delivery = delivery
        self._engine_of = engine_of
        self._listing = listing
        self._open: list[_Question] = []

    @property
    def open(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._open)

    def ask(self, client: bytes, id: str) -> None:
        """Answers now or later, as soon as all engines are there whose voices nobody else can list."""
        question = _Question(client, id)
        self._open.append(question)
        for workers in self._asked():
            if workers.state == "ready":
                workers.list_voices(question)
            else:
                self._engines.ensure_loading(workers)

    def loaded(self, workers: Workers, error: Exception | None) -> None:
        """An engine is there, or is not."""
        for question in [each for each in self._open if workers.name not in each.said]:
            if error is None:
                workers.list_voices(question)
            else:
                self.heard(workers, VoiceList(question, error))

    def heard(self, workers: Workers, news: VoiceList) -> None:
        """An engine answered."""
        question: _Question = news.token
        question.said[workers.name] = news.voices
        if question in self._open and all(asked.name in question.said for asked in self._asked()):
            self._open.remove(question)
            self._answer(question)

    def _asked(self) -> list[Workers]:
        """The engines that have to be there for an answer."""
        own, beside = self._engines.own, self._engines.beside
        if beside is None:
            return [own]
        return [beside] if self._listing is not None and not own.is_loaded else [own, beside]

    def _answer(self, question: _Question) -> None:
        own, beside = self._engines.own, self._engines.beside
        said = {name: voices for name, voices in question.said.items() if not isinstance(voices, Exception)}
        if beside is not None and own.name not in question.said and self._listing is not None:
            try:
                said[own.name] = [asdict(voice) for voice in self._listing()]
            except Exception as error:
                log.warning("the voices of %s cannot be listed: %s", own.name, error)
        if not said:
            problem = next(iter(question.said.values()))
            failure = Failure("engine", f"no voices: {problem}"[:4000])
            self._delivery.send_error("control", question.client, question.id, failure)
            return
        listed = [
            {**voice, "engine": workers.name, "beside": workers is beside}
            for workers in self._engines
            for voice in said.get(workers.name, ())
            # What clients sent along is for their batches, and no voice to choose. A clip in the folder is a voice to
            # both engines, and spoken by one.
            if not is_sent(str(voice["name"])) and (workers is own or self._engine_of(voice["name"]) == workers.name)
        ]
        self._delivery.send("control", question.client, VoicesReply(re=question.id, voices=listed))
