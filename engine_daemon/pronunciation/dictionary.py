"""The rules of a film or of its user, found in a line whatever their number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from framevox.engine_daemon.protocol.rules import Rule

from .matching import Matcher, normal
from .rules import in_order

_BRACKETS = re.compile(r"\[[^\[\]]*\]")


@dataclass(frozen=True)
class Dictionary:
    """Rules, each with its checks passed."""

    rules: tuple[Rule, ...] = ()

    def rules_in(self, text: str, character: str = "") -> tuple[Rule, ...]:
        """The rules whose text stands in a line of ``character``, those that go first in front.

        Costs some microseconds for each character of ``text``, however many rules there are.
        """
        if not self.rules:
            return ()
        found: dict[Rule, None] = {}
        forms = {text, _BRACKETS.sub("", text)} if "[" in text else {text}
        for form in sorted(forms):
            for match in self._matcher.find(normal(form)):
                found |= dict.fromkeys(rule for rule in match.rules if rule.character in ("", character))
        return tuple(found)

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(in_order(self.rules))
