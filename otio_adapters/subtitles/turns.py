"""A caption in which two people speak, as two captions one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from framevox.engine_daemon.captions import may_be_dialogue, read_caption

from .reading import Caption


def turns(caption: Caption, first: int, end: int) -> Iterator[tuple[int, int, Caption]]:
    """Yields ``(first, end, caption)`` in frames for everybody who speaks in a caption: each gets a share of
    ``[first, end)`` by the letters they say, in whole frames and at least one.

    A caption of one speaker comes out as it is, and so does one with fewer frames than speakers.
    """
    spoken = [one for one in read_caption(caption.text).spoken if one.text] if may_be_dialogue(caption.text) else []
    if len(spoken) < 2 or end - first < len(spoken):
        yield first, end, caption
        return
    letters = [max(1, sum(character.isalnum() for character in one.text)) for one in spoken]
    said = 0
    begin = first
    for index, one in enumerate(spoken):
        said += letters[index]
        share = (2 * (end - first) * said + sum(letters)) // (2 * sum(letters))
        after = len(spoken) - 1 - index
        finish = min(max(first + share, begin + 1), end - after)
        keys = {key: value for key, value in caption.keys.items() if key != "cue" or index == 0}
        yield begin, finish, replace(caption, text=one.text, speaker=one.character or caption.speaker, keys=keys)
        begin = finish
