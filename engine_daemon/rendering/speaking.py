"""Lines planned and spoken by the engine, each once: what the store has is neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from framevox.engine_daemon.engines.base import Direction, Engine, Plan, Speech, Voice
from framevox.engine_daemon.rendering import keys as cache
from framevox.engine_daemon.rendering.asking import Asked
from framevox.engine_daemon.rendering.deciding import Wanted
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.text.line import Line

Plans = dict[str, Plan]
"""What was planned in a batch, by the keys of lines."""


class Speaker:
    """Has an engine plan and speak what its store does not hold, and keeps it there."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store

    def find_lengths(self, asked: Sequence[Asked], plans: Plans) -> dict[str, cache.Lengths | Exception]:
        """Every line's lengths, from the store or the engine; what the engine planned is added to ``plans``."""
        lengths: dict[str, cache.Lengths | Exception] = {}
        unknown: dict[str, Asked] = {}
        for ask in asked:
            kept = cache.find_lengths(self._store, ask.line)
            if kept is None:
                unknown[ask.line] = ask
            else:
                lengths[ask.line] = kept
        for line, plan in self.plan(unknown).items():
            if isinstance(plan, Exception):
                lengths[line] = plan
            else:
                plans[line] = plan
                lengths[line] = cache.Lengths.of(plan)
                cache.keep_lengths(self._store, line, cache.Lengths.of(plan))
        return lengths

    def plan(self, wanted: Mapping[str, Asked]) -> dict[str, Plan | Exception]:
        """The plan of each line, or why there is none."""
        planned: dict[str, Plan | Exception] = {}
        lines: dict[str, tuple[Line, Voice, Direction]] = {}
        for key, ask in wanted.items():
            try:
                lines[key] = (ask.read(), ask.voice, ask.direction)
            except Exception as error:
                planned[key] = error
        try:
            planned |= zip(lines, self._engine.plan(list(lines.values())), strict=True) if lines else {}
        except Exception:
            # They failed together, for want of memory say: each is planned alone.
            for key, line in lines.items():
                try:
                    [planned[key]] = self._engine.plan([line])
                except Exception as error:
                    planned[key] = error
        return planned

    def speak(self, wanted: Mapping[Wanted, Asked], plans: Plans) -> Iterator[tuple[Wanted, Speech | Exception]]:
        """The speech of every line and span wanted, from the store or the engine, as each is ready."""
        missing: list[Wanted] = []
        for key in wanted:
            kept = cache.find_speech(self._store, cache.speech_key(*key))
            if kept is None:
                missing.append(key)
            else:
                yield key, kept
        unplanned = {key[0]: wanted[key] for key in missing if key[0] not in plans}
        failed: dict[str, Exception] = {}
        for line, plan in self.plan(unplanned).items():
            if isinstance(plan, Exception):
                failed[line] = plan
            else:
                plans[line] = plan
        for key in missing:
            if key[0] in failed:
                yield key, failed[key[0]]
        yield from self._speak_planned([key for key in missing if key[0] not in failed], plans)

    def _speak_planned(self, missing: Sequence[Wanted], plans: Plans) -> Iterator[tuple[Wanted, Speech | Exception]]:
        left = dict(enumerate(missing))
        try:
            for index, speech in self._engine.speak([within_reach(plans[key[0]], *key[1:]) for key in missing]):
                key = left.pop(index)
                if not isinstance(speech, Exception):
                    cache.keep_speech(self._store, cache.speech_key(*key), speech)
                yield key, speech
        except Exception as error:
            for key in left.values():
                yield key, error


def within_reach(plan: Plan, span: int | None, points: cache.Points) -> tuple[Plan, int | None]:
    """Spans are decided by lengths of the store, and a line planned again may come out a little shorter or longer: on a
    GPU it rounds differently in a batch of another shape."""
    longest = plan.longest
    if points:
        plan, longest = replace(plan, points=points), plan.places[-1].longest
    return plan, None if span is None else min(max(span, plan.shortest), longest)
