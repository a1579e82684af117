"""What captions describe instead of saying it: sounds, music, and how a line is spoken."""

from __future__ import annotations

import re

from .inline import Inline, inline_readings

_SUNG = re.compile(r"[♪♫♬](?:[^♪♫♬\n]|\n(?!\s*(?:[-–—>]|[^\n:：]{1,30}[:：])))*?[♪♫♬]|[♪♫♬][^♪♫♬\n]*")
_SQUARE = re.compile(r"\[(?P<square>[^\[\]]{0,200})\]|【(?P<lenticular>[^【】]{0,200})】")
_ROUND = re.compile(r"\((?P<narrow>[^()]{1,200})\)|（(?P<wide>[^（）]{1,200})）")
_CJK = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")

_MANNER = re.compile(
    r"\b(?:singing|sings?|humm?(?:ing|s)|laugh\w*|chuckl\w*|giggl\w*|snicker\w*|cackl\w*|sigh\w*|sob\w*|cry(?:ing)?"
    r"|cries|weep\w*|whimper\w*|moan\w*|groan\w*|grunt\w*|gasp\w*|pant(?:s|ing)|breath\w*|exhal\w*|inhal\w*|cough\w*"
    r"|sneez\w*|sniff\w*|snor(?:e|es|ing)|yawn\w*|scoff\w*|gulp\w*|hiccup\w*|belch\w*|burp\w*|whistl\w*|scream\w*"
    r"|shout\w*|yell\w*|whisper\w*|mutter\w*|mumbl\w*|stammer\w*|shriek\w*|clears? throat|clearing throat"
    r"|speaking \w+|speaks \w+|in \w+ accent|v\.?\s?o\.?|o\.?\s?[sc]\.?|voice-?over|off-?screen|filtered"
    r"|(?:on|over|through) (?:the )?(?:phone|radio|tv|speaker|intercom|pa)|continued|cont['’]d|pause|beat"
    r"|quietly|softly|loudly|slowly|angrily|nervously|sarcastic\w*|deadpan|sotto voce)(?!\w)"
    r"|[笑哭叹嘆咳喘吼嚎哼泣叫]$|[笑哭].?[声聲]$|画外|畫外|小声|小聲|大声|大聲|低声|低聲|叹气|嘆氣|ため息|웃|한숨|울음|기침",
    re.IGNORECASE,
)
_THING = re.compile(
    r"\b(?:music|theme|song|howl\w*|roar\w*|growl\w*|bark\w*|meow\w*|chirp\w*|squeal\w*|applau\w*|clapp?(?:ing|s)"
    r"|cheer\w*|boo(?:ing|s)|chatter\w*|murmur\w*|clamou?r\w*|noises?|sounds?|static|silence|beep\w*|ring(?:s|ing)"
    r"|buzz\w*|knock\w*|slam\w*|creak\w*|footsteps?|gunshots?|gunfire|explosions?|explod\w*|thunder\w*|rain\w*|wind"
    r"|sirens?|alarms?|engines?|horns?|honk\w*|bells?|crash\w*|thud\w*|click\w*|rustl\w*|splash\w*|crackl\w*"
    r"|inaudible|unintelligible|indistinct\w*|foreign language)(?!\w)"
    r"|[音声聲响響雷鸣鳴铃鈴]$|音[乐樂楽]|掌[声聲]|歌[声聲曲]|沉默|停顿|脚步|腳步|足音|拍手|息$|ノック|ベル|チャイム"
    r"|박수|소리|음악|노래|비명|숨",
    re.IGNORECASE,
)
# What somebody may do in the middle of a sentence.
_VOCAL = re.compile(
    r"(?:(?:he|she|softly|both) )?(?:laugh|chuckle|giggle|sigh|sob|grunt|groan|gasp|cough|sniff|sniffle|scoff|gulp|yawn"
    r"|sneeze|hiccup|whisper|shout|scream|whistle)(?:s|es|ing)?|pause|beat|(?:大|苦|冷|微|偷|轻|輕)?[笑哭泣叹嘆咳](?:声|聲)?"
    r"|叹气|嘆氣|咳嗽|ため息|웃음|한숨|기침",
    re.IGNORECASE,
)
# A thought in brackets is spoken: (I knew it.), （我知道了）.
_SAID = re.compile(
    r"(?:I|I['’]\w+|you|we|they|he|she|it|but|or|so|if|not|maybe|yes|no|well|which|that|who|because|is|are|was|were|do"
    r"|don['’]t|did)(?![\w'’])|[我你您他她它咱这這那俺僕私]",
    re.IGNORECASE,
)
_MOST_WORDS, _MOST_CJK = 6, 14


def is_heard(note: str) -> bool:
    """Whether ``note`` is known to name a sound or a manner of speaking: ``door slams``, ``whispering``, ``叹气``."""
    return _MANNER.search(note) is not None or _THING.search(note) is not None


def is_manner(note: str) -> bool:
    """Whether a note in front of words may say how they are spoken: anything but the sound of a thing."""
    return _MANNER.search(note) is not None or _THING.search(note) is None


def readings_in(line: str) -> list[Inline]:
    """The readings that stand in brackets behind their words."""
    return list(inline_readings(line, is_heard)) if "[" in line else []


def without_songs(text: str, taken: list[str]) -> str:
    """``text`` without what is sung between ♪ and ♪; a sign that nothing follows is only left out itself.

    What was left out is added to ``taken``, here and below.
    """

    def take(match: re.Match[str]) -> str:
        if any(char.isalnum() for char in match[0]):
            taken.append(_tidy(match[0]))
        return "\n" * match[0].count("\n") or " "

    return _SUNG.sub(take, text)


def without_sounds(text: str, taken: list[str]) -> str:
    """One speaker's ``text`` without square brackets, and without round ones that describe."""

    readings = {found.end for found in readings_in(text)}

    def square(match: re.Match[str]) -> str:
        if match.start() in readings:
            return match[0]
        taken.append(_tidy(match["square"] or match["lenticular"] or ""))
        return " "

    def within(match: re.Match[str]) -> str:
        note = match["narrow"] or match["wide"]
        if not _describes(note, text[: match.start()], text[match.end() :]):
            return match[0]
        taken.append(_tidy(note))
        return " "

    text = _SQUARE.sub(square, text)
    before = None
    while before != text:  # (sighs) (door slams) Come in
        before = text
        text = _ROUND.sub(within, text)
    taken[:] = [note for note in taken if note]
    return text


def _describes(note: str, before: str, after: str) -> bool:
    """Whether round brackets around ``note`` hold a description, and are not an aside that is spoken."""
    note = note.strip()
    if any(char.isdigit() for char in note) or (note[-1:] in ".!?。！？…" and not is_heard(note)) or _SAID.match(note):
        return False
    cjk = len(_CJK.findall(note))
    if cjk > _MOST_CJK or len(note.split()) > _MOST_WORDS:
        return False
    if any(char.isalnum() for char in before):
        between = before.rstrip()[-1:] in ".!?。！？…"  # sentences
        return is_heard(note) if between and not cjk else _VOCAL.fullmatch(note) is not None
    if is_heard(note):
        return True
    if not any(char.isalnum() for char in after):
        return True  # nothing but the brackets
    if cjk:
        return True
    # "(to Ann) Come in" against "(Almost) everyone came"
    follows = next(char for char in after if char.isalnum())
    return note[0].islower() and not follows.islower()


def _tidy(note: str) -> str:
    return " ".join(note.replace("\n", " ").split())
