"""Which column is what: recognised by its heading in English or Chinese, or mapped by the user."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framevox.engine_daemon.project.file import nearest
from framevox.engine_daemon.protocol.errors import InputError

from .table import Table, column_letters, column_number

ROLES = (
    "number", "character", "in", "out", "length", "line", "translation", "transcription", "notes", "emotion", "voice",
    "language",
)  # fmt: skip
"""What a column can be. ``emotion``, ``voice`` and ``language`` are never recognised: a heading such as Voice may mean
the actor."""
LINES = ("translation", "line", "transcription")
"""Columns that hold what is said, the first that has text first."""

_HEADINGS = {
    "number": """
        number | no | num | nr | # | id | cue no | cue number | cue # | cue id | cue num | cue | line no | line number
        | line # | line id | loop | loop no | loop number | loop # | event | event no | event id | adr no | adr number
        | adr # | adr cue | adr cue # | index
        | 编号 | 序号 | 号 | 台词编号 | 条目 | 编码 | 行号 | 句号编号 | 台词号 | 序列 | 編號 | 序號
    """,
    "character": """
        character | char | character name | char name | role | speaker | speaker name | name | actor character
        | character actor | part | who | source speaker
        | 角色 | 人物 | 说话人 | 说话者 | 发言人 | 角色名 | 角色名称 | 人物名称 | 配音角色 | 人名 | 說話人 | 發言人
    """,
    "in": """
        in | tc in | in tc | timecode in | in timecode | time in | in time | cue in | in point | start | start time
        | start tc | tc start | start timecode | timecode start | begin | begin time | from | time code in
        | in time code | start time code | timecode | tc | time code | in cue
        | 入点 | 入點 | 入 | 开始 | 開始 | 开始时间 | 開始時間 | 开始时间码 | 起始 | 起始时间 | 起始时间码 | 入点时间
        | 入点时间码 | tc入 | 入tc | 起点 | 时间码 | 時間碼 | 起始tc | 开始tc | 入画
    """,
    "out": """
        out | tc out | out tc | timecode out | out timecode | time out | out time | cue out | out point | end | end time
        | end tc | tc end | end timecode | timecode end | stop | finish | to | time code out | out time code
        | end time code | out cue
        | 出点 | 出點 | 出 | 结束 | 結束 | 结束时间 | 結束時間 | 结束时间码 | 终止 | 终止时间 | 出点时间 | 出点时间码
        | tc出 | 出tc | 终点 | 结束tc | 出画
    """,
    "length": """
        length | duration | dur | len | time length | cue length
        | 时长 | 時長 | 长度 | 長度 | 持续时间 | 持續時間
    """,
    "line": """
        line | dialogue | dialog | text | lines | adr line | adr text | dialogue line | dialog line | cue text | script
        | line text | spoken line | spoken text | caption | subtitle | copy | vo text | vo | dialogue text | dialog text
        | 台词 | 臺詞 | 对白 | 對白 | 文本 | 内容 | 台词内容 | 对白内容 | 字幕 | 配音词 | 配音文本 | 文字
    """,
    "translation": """
        translation | translated | translated text | translated line | translated dialogue | target | target text
        | target line | dub | dub line | dubbed line | dub text | dub dialogue | adaptation | adapted line
        | adapted text
        | 译文 | 譯文 | 翻译 | 翻譯 | 译制 | 译制台词 | 配音台词 | 翻译台词 | 目标文本 | 中文 | 中文台词 | 译词 | 中译
    """,
    "transcription": """
        transcription | transcript | original | original line | original text | original dialogue | source text
        | source line | source dialogue | as recorded | ov text | ov
        | 原文 | 原台词 | 原文台词 | 原对白 | 英文 | 英文台词 | 英文原文 | 外文 | 听写 | 转写
    """,
    "notes": """
        notes | note | comments | comment | remarks | remark | reason | reason code | direction | directions
        | performance notes | acting notes | context
        | 备注 | 備註 | 说明 | 說明 | 注释 | 原因 | 提示 | 表演提示
    """,
}  # fmt: skip
_ROLE_OF = {heading.strip(): role for role, words in _HEADINGS.items() for heading in words.split("|")}
_VAGUE = {
    "timecode",
    "tc",
    "time code",
    "时间码",
    "時間碼",
    "cue",
    "name",
    "event",
    "index",
    "to",
    "from",
    "part",
    "号",
}
"""Headings that give way to a clearer one of the same role."""
_MAPPED = re.compile(r'\s*([A-Za-z]+)\s*=\s*("[^"]*"|[^,"]*)\s*(?:,|$)')
_LOOK_AHEAD = 40
"""How many rows may stand above the headings: a title, a logo, who made the sheet."""


@dataclass(frozen=True)
class Columns:
    """Where the columns are. ``roles`` gives each one's index from 0; ``first_row`` is the first row below the
    headings; ``headings`` are the headings by column."""

    roles: Mapping[str, int]
    first_row: int
    headings: Mapping[int, str]

    def name(self, role: str) -> str:
        """How messages name a column: ``column C (TC In)``."""
        column = self.roles[role]
        heading = " ".join(self.headings.get(column, "").split())
        return f"column {column_letters(column)}" + (f" ({heading})" if heading else "")


def parse_columns(written: str) -> dict[str, str]:
    """``number=Cue,in="Time, in",line=E`` as a dictionary. Raises InputError for what is no such list."""
    mapped: dict[str, str] = {}
    position = 0
    while position < len(written.rstrip()):
        match = _MAPPED.match(written, position)
        if match is None or not match[2].strip('" '):
            raise InputError(
                f"{written!r} is no list of columns: write in=HEADING,out=HEADING,line=HEADING, or a column's letter"
            )
        role = match[1].lower()
        if role not in ROLES:
            raise InputError(f"{role!r} is nothing that a column can be: {nearest(role, ROLES)}")
        mapped[role] = match[2].strip().strip('"').strip()
        position = match.end()
    return mapped


def find_columns(table: Table, mapped: Mapping[str, str]) -> Columns:
    """Finds the row of headings and what each column is.

    Two rows of headings are read as one, where only both together name all columns; a second one that repeats the
    first in another language is passed over. ``mapped`` names columns by heading or letter and wins. Raises InputError
    that names the sheet's headings, for columns that are missing and for two that could be the same.
    """
    if lettered := _by_letters(table, mapped):
        return lettered
    best: tuple[int, int, dict[int, str]] | None = None
    for row in range(min(len(table.rows), _LOOK_AHEAD)):
        for rows in ((row,), (row, row + 1)):
            if rows[-1] >= len(table.rows) or (len(rows) == 2 and not _is_heading_row(table, rows[-1], mapped)):
                continue
            headings = _headings(table, rows)
            roles = _roles(headings, mapped, strict=False)
            if not _missing(roles):
                roles = _roles(headings, mapped, strict=True)
                first = rows[-1] + 1
                while first < len(table.rows) and _is_heading_row(table, first, mapped):
                    first += 1
                return Columns(roles, first, headings)
            if best is None or len(roles) > best[0]:
                best = (len(roles), row, headings)
    raise InputError(_complaint(best, mapped))


def _by_letters(table: Table, mapped: Mapping[str, str]) -> Columns | None:
    """The columns where letters name all that are needed: then the first row with a time is the first one of cues."""
    roles = _roles({}, mapped, strict=False)
    if _missing(roles):
        return None
    for row in range(min(len(table.rows), _LOOK_AHEAD)):
        if re.match(r"\d", unicodedata.normalize("NFKC", table.cell(row, roles["in"]))):
            headings = _headings(table, (row - 1,)) if row else {}
            return Columns(_roles(headings, mapped, strict=True), row, headings)
    return None


def _is_heading_row(table: Table, row: int, mapped: Mapping[str, str]) -> bool:
    return len(_roles(_headings(table, (row,)), mapped, strict=False, by_letter=False)) >= 2


def _headings(table: Table, rows: Sequence[int]) -> dict[int, str]:
    """The heading of every column: of two rows the lower one where both say something, else either."""
    found: dict[int, str] = {}
    for row in rows:
        for column in range(len(table.rows[row])):
            text = table.cell(row, column)
            if text and not (column in found and _role(found[column]) and not _role(text)):
                found[column] = text
    return found


def _roles(
    headings: Mapping[int, str], mapped: Mapping[str, str], *, strict: bool, by_letter: bool = True
) -> dict[str, int]:
    """The column of every role. Raises InputError, if ``strict``, where two columns could be one role."""
    roles: dict[str, int] = {}
    for role, wanted in mapped.items():
        named = [column for column, heading in headings.items() if _folded(heading) == _folded(wanted)]
        if len(named) > 1 and strict:
            letters = " and ".join(column_letters(column) for column in named)
            raise InputError(f"the columns {letters} are both called {wanted!r}: give the letter, {role}={letters[0]}")
        if named:
            roles[role] = named[0]
        elif by_letter and re.fullmatch(r"[A-Za-z]{1,2}", wanted):
            roles[role] = column_number(wanted)
    taken = set(roles.values())
    for role in _HEADINGS:
        if role in mapped:
            continue
        found = [column for column, heading in headings.items() if _role(heading) == role and column not in taken]
        clear = [column for column in found if _bare(headings[column]) not in _VAGUE] or found
        if len(clear) > 1 and strict and role not in ("number", "notes"):
            shown = " and ".join(f"{column_letters(column)} ({headings[column]})" for column in clear)
            raise InputError(f"the columns {shown} could each be {role!r}: say which, --columns {role}=LETTER")
        if clear:
            roles[role] = clear[0]
    return roles


def _missing(roles: Mapping[str, int]) -> str:
    """The first thing that is missing, as a user knows it."""
    if "in" not in roles:
        return "in (where a line begins)"
    if "out" not in roles and "length" not in roles:
        return "out (where a line ends), or length"
    if not any(role in roles for role in LINES):
        return "line (what is said)"
    return ""


def _complaint(best: tuple[int, int, dict[int, str]] | None, mapped: Mapping[str, str]) -> str:
    _, row, headings = best or (0, 0, {})
    missing = _missing(_roles(headings, mapped, strict=False))
    shown = ", ".join(f"{column_letters(column)} {heading!r}" for column, heading in list(headings.items())[:12])
    unknown = [wanted for wanted in mapped.values() if not _is_there(wanted, headings)]
    if unknown:
        return f"row {row + 1} has no column called {unknown[0]!r} ({shown}): write the heading as it stands there"
    if not headings:
        return "it is empty: is this the right sheet?"
    role = missing.split(" ", 1)[0]
    return f"no column is known as {missing}; row {row + 1} has {shown}: say which it is, --columns {role}=LETTER"


def _is_there(wanted: str, headings: Mapping[int, str]) -> bool:
    return bool(re.fullmatch(r"[A-Za-z]{1,2}", wanted)) or any(
        _folded(heading) == _folded(wanted) for heading in headings.values()
    )


def _role(heading: str) -> str:
    """What a heading says that its column is, empty if nothing known."""
    whole = _bare(heading)
    if whole in _ROLE_OF:
        return _ROLE_OF[whole]
    # 角色 Character, 入点/In: each part says the same.
    parts = {_ROLE_OF.get(_bare(part), "") for part in re.split(r"[/|\n]|(?<=[\u3400-\u9fff]) ?(?=[A-Za-z])", heading)}
    return parts.pop() if len(parts) == 1 else ""


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _bare(heading: str) -> str:
    """A heading without its unit in brackets, and with spaces for what joins its words."""
    text = re.sub(r"[(\[{【].*?[)\]}】]", " ", _folded(heading))
    text = re.sub(r"(?<=\w)#", " #", re.sub(r"[_.:：\-–—/]+", " ", text))
    text = " ".join(text.split())
    return re.sub(r" (?:ms|sec|secs|seconds|milliseconds|millis|frames|frame|秒|毫秒|帧|帧数)$", "", text)
