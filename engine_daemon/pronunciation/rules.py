"""Rules as they are entered: each is checked by itself, and against the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from framevox.engine_daemon.protocol.cues import LANGUAGE_CHOICES
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import MAX_READING, MAX_RULE_TEXT, Rule

from .matching import Matcher, has_word, normal
from .values import Said, read_value


def said_by(rule: Rule) -> Said:
    """The reading of ``rule``, understood. Raises InputError for a rule that cannot be used."""
    text = rule.text
    if not has_word(text):
        raise InputError(
            f"{text!r} has no word in it and would match everything or nothing: a rule is for a word or phrase as it "
            "is written, not for a pattern"
        )
    if len(text) > MAX_RULE_TEXT or len(rule.reading) > MAX_READING:
        raise InputError(
            f"{text[:20]!r}…: a rule has at most {MAX_RULE_TEXT} characters, its reading {MAX_READING}: make it shorter"
        )
    if bad := next((char for char in text if char in "[]" or ord(char) < 32), ""):
        raise InputError(f"{text!r} has {bad!r} in it: write only the word or phrase")
    if rule.language and rule.language not in LANGUAGE_CHOICES[1:]:
        raise InputError(
            f"unknown language {rule.language!r}: use one of {', '.join(LANGUAGE_CHOICES[1:])}", code="unknown-language"
        )
    try:
        said = read_value(text, rule.reading)
    except InputError as error:
        raise InputError(f"{text} = {rule.reading!r}: {error}") from None
    if said.language and rule.language and not said.language == rule.language:
        raise InputError(
            f"{text} = {rule.reading!r}: the reading is {said.language}, the rule for {rule.language}: leave the "
            "language out, or give a reading of it"
        )
    return said


def key_of(rule: Rule) -> tuple[str, str, str]:
    """What a rule is for: two of one key contradict each other."""
    return normal(rule.text), rule.language, rule.character


def check_rules(rules: Sequence[Rule]) -> None:
    """Raises InputError for rules that cannot be used, contradict each other, or respell each other in a circle."""
    known: dict[tuple[str, str, str], Rule] = {}
    respelt: list[tuple[Rule, str]] = []
    for rule in rules:
        said = said_by(rule)
        other = known.setdefault(key_of(rule), rule)
        if other.reading != rule.reading and read_value(other.text, other.reading) != said:
            raise InputError(
                f"two rules for {describe(rule)} contradict each other: {other.reading!r} and {rule.reading!r}: remove "
                "one of them"
            )
        if said.kind == "respelling":
            respelt.append((rule, said.parts[0]))
    if respelt:
        _check_circles(respelt)


def _check_circles(respelt: Iterable[tuple[Rule, str]]) -> None:
    pairs = list(respelt)
    matcher = Matcher(rule for rule, _ in pairs)
    holds: dict[int, list[Rule]] = {
        id(rule): [found for match in matcher.find(normal(said)) for found in match.rules] for rule, said in pairs
    }
    done: set[int] = set()
    for rule, _ in pairs:
        way: list[Rule] = []
        waiting = [(rule, iter(holds[id(rule)]))]
        on_way = {id(rule)}
        way.append(rule)
        while waiting:
            current, rest = waiting[-1]
            following = next(rest, None)
            if following is None:
                waiting.pop()
                on_way.discard(id(way.pop()))
                done.add(id(current))
            elif id(following) in on_way:
                circle = way[next(i for i, known in enumerate(way) if known is following) :]
                names = " → ".join(f"{known.text} = {known.reading!r}" for known in circle)
                raise InputError(
                    f"the respelling of {following.text!r} leads back to itself ({names}): write words that have no "
                    "rule of their own"
                )
            elif id(following) not in done:
                waiting.append((following, iter(holds[id(following)])))
                way.append(following)
                on_way.add(id(following))


def describe(rule: Rule) -> str:
    """A rule's text, with what it is bound to."""
    bound = [part for part in (rule.language, rule.character) if part]
    return rule.text + (f" ({', '.join(bound)})" if bound else "")


def in_order(*sources: Iterable[Rule]) -> list[Rule]:
    """Rules of several sources in their order of precedence: an earlier source goes first, and within it what is bound
    to a character, then to a language."""
    ordered: list[Rule] = []
    for source in sources:
        ordered += sorted(source, key=lambda rule: (not rule.character, not rule.language))
    return ordered
