"""Rules of pronunciation in other forms: W3C PLS 1.0 lexicons (.pls) and tables (.csv), in and out."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from msgspec import structs

from framevox.engine_daemon.project.file import nearest
from framevox.engine_daemon.pronunciation.phones import is_ipa
from framevox.engine_daemon.pronunciation.rules import check_rules, describe, key_of, said_by
from framevox.engine_daemon.pronunciation.values import read_value
from framevox.engine_daemon.protocol.cues import LANGUAGE_CHOICES
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.rules import Rule

MOST_BYTES = 64 * 2**20
_PLS = "http://www.w3.org/2005/01/pronunciation-lexicon"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PINYIN, _KANA = "x-framevox-pinyin", "x-framevox-kana"
_AS_WRITTEN = (_PINYIN, _KANA, "x-pinyin", "pinyin", "py", "x-kana", "kana", "x-cmu", "cmu", "x-arpabet", "arpabet")
"""Alphabets whose readings are written as a rule's are."""
_COLUMNS = ("text", "reading", "language", "character")
_SHOWN = 3

Entries = list[tuple[str, Rule]]
"""Rules with where they stand in the file."""


def read_lexicon(path: Path, language: str = "", character: str = "") -> list[Rule]:
    """The rules in a .pls or .csv file, checked. What binds none is bound to ``language`` and ``character``, if given.

    Raises InputError that names the file, and the line or the entry, for one that cannot be used as a whole.
    """
    content = _content(path)
    entries = _form(path)(path, content)
    rules: list[Rule] = []
    known: dict[tuple[str, str, str], tuple[str, Rule]] = {}
    wrong: list[str] = []
    for place, rule in entries:
        try:
            said = said_by(rule)
            bound = rule.language if rule.language != said.language else ""
            rule = structs.replace(
                rule, language=bound or (language if not said.language else ""), character=rule.character or character
            )
            said_by(rule)
        except InputError as error:
            wrong.append(f"{place}: {error}")
            continue
        before, other = known.setdefault(key_of(rule), (place, rule))
        if other is not rule:
            if said_by(other) != said:
                wrong.append(
                    f"{place}: {describe(rule)} is {rule.reading!r}, but {other.reading!r} in {before}: leave one of "
                    "them out"
                )
            continue
        rules.append(rule)
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise InputError(f"{path}: nothing was taken from it: {'; '.join(wrong[:_SHOWN])}{more}")
    if not rules:
        raise InputError(f"{path} has no rules in it: export one with framevox say-as --export to see the form")
    try:
        check_rules(rules)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return rules


def write_lexicon(path: Path, rules: Sequence[Rule], language: str = "") -> tuple[bytes, list[str]]:
    """The content of a .pls or .csv file with ``rules``, and what a .pls cannot hold: those bound to a character.

    Raises InputError for another suffix, and for a .pls of several languages.
    """
    if path.suffix.lower() == ".csv":
        return _csv_of(rules), []
    if path.suffix.lower() != ".pls":
        raise _unknown_form(path)
    left_out = [describe(rule) for rule in rules if rule.character]
    return _pls_of([rule for rule in rules if not rule.character], language), left_out


def _form(path: Path) -> Callable[[Path, bytes], Entries]:
    forms = {".pls": _read_pls, ".xml": _read_pls, ".csv": _read_csv, ".tsv": _read_csv, ".txt": _read_csv}
    if path.suffix.lower() not in forms:
        raise _unknown_form(path)
    return forms[path.suffix.lower()]


def _unknown_form(path: Path) -> InputError:
    return InputError(f"{path}: rules are kept in .pls lexicons and .csv tables: name one of them")


def _content(path: Path) -> bytes:
    _form(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check its name") from None
    if len(content) > MOST_BYTES:
        raise InputError(f"{path} is larger than {MOST_BYTES // 2**20} MiB: split it")
    return content


# Tables.


def _read_csv(path: Path, content: bytes) -> Entries:
    text = _decoded(path, content)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    entries: Entries = []
    columns: list[str] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            place = f"line {reader.line_num}"
            if not columns:
                columns = _columns(path, place, cells)
                continue
            if len(cells) > len(columns) and any(cells[len(columns) :]):
                raise InputError(f"{path}, {place}: {len(cells)} cells under {len(columns)} columns: correct that line")
            said = dict(zip(columns, cells, strict=False))
            for column in ("text", "reading"):
                if not said.get(column):
                    raise InputError(f"{path}, {place}: it has no {column}: fill it in, or delete the line")
            entries.append((place, Rule(**said)))
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: this is no CSV ({error}): correct that line") from None
    if not columns:
        raise InputError(f"{path} is empty: write the columns {', '.join(_COLUMNS)}")
    return entries


def _decoded(path: Path, content: bytes) -> str:
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}): save it as CSV UTF-8") from None


def _columns(path: Path, place: str, cells: Sequence[str]) -> list[str]:
    columns = [cell.lower() for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    for column, cell in zip(columns, cells, strict=False):
        if column not in _COLUMNS:
            raise InputError(f"{path}, {place}: unknown column {cell!r}: {nearest(column, _COLUMNS)}")
        if columns.count(column) > 1:
            raise InputError(f"{path}, {place}: the column {cell!r} is there twice: leave one of them out")
    for column in ("text", "reading"):
        if column not in columns:
            raise InputError(f"{path}, {place}: there is no column {column!r}: the first line names the columns")
    return columns


def _csv_of(rules: Sequence[Rule]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows([rule.text, rule.reading, rule.language, rule.character] for rule in rules)
    # With its mark, spreadsheets read it as UTF-8.
    return out.getvalue().encode("utf-8-sig")


# Lexicons.


def _read_pls(path: Path, content: bytes) -> Entries:
    lexicon = _parsed(path, content)
    if _name(lexicon) != "lexicon":
        raise InputError(f"{path} is no PLS lexicon, it begins with <{_name(lexicon)}>: its root is to be <lexicon>")
    language = _language(path, lexicon.get(_LANG, ""))
    alphabet = lexicon.get("alphabet", "ipa")
    lexemes = [child for child in lexicon if _name(child) == "lexeme"]
    return [
        entry
        for number, lexeme in enumerate(lexemes, 1)
        for entry in _entries(path, f"lexeme {number}", lexeme, alphabet, language)
    ]


def _parsed(path: Path, content: bytes) -> Any:
    from defusedxml import DefusedXmlException
    from defusedxml import ElementTree as Safe

    try:
        return Safe.fromstring(content, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise InputError(
            f"{path} declares entities, which are not read: write what they stand for in their place"
        ) from None
    except (Xml.ParseError, ValueError, LookupError) as error:
        raise InputError(f"{path} is not valid XML ({error}): correct that line") from None


def _entries(path: Path, place: str, lexeme: Any, alphabet: str, language: str) -> Iterator[tuple[str, Rule]]:
    texts = [" ".join((child.text or "").split()) for child in lexeme if _name(child) == "grapheme"]
    said = [child for child in lexeme if _name(child) in ("phoneme", "alias")]
    if not any(texts):
        raise InputError(f"{path}, {place}: it has no <grapheme>: write the word there")
    if not said:
        raise InputError(f"{path}, {place} ({texts[0]}): it has no <phoneme> or <alias>: write how it is said")
    # Of several the preferred one holds, else the first.
    chosen = next((child for child in said if child.get("prefer") == "true"), said[0])
    value = " ".join((chosen.text or "").split())
    if not value:
        raise InputError(f"{path}, {place} ({texts[0]}): its <{_name(chosen)}> is empty: write how it is said")
    if _name(chosen) == "phoneme":
        value = _phoneme(path, f"{place} ({texts[0]})", chosen.get("alphabet", alphabet), value)
    elif not _is_respelling(texts[0], value):
        value = f'"{value}"'  # an alias is one, whatever it looks like
    for text in filter(None, texts):
        yield f"{place} ({text})", Rule(text, value, language)


def _is_respelling(text: str, value: str) -> bool:
    try:
        return read_value(text, value).kind in ("respelling", "kana")
    except InputError:
        return False


def _phoneme(path: Path, place: str, alphabet: str, value: str) -> str:
    if alphabet.lower() == "ipa":
        return value if is_ipa(value) else f"/{value}/"
    if alphabet.lower() in _AS_WRITTEN:
        return value
    raise InputError(f"{path}, {place}: unknown alphabet {alphabet!r}: use ipa, x-cmu, {_PINYIN} or {_KANA}")


def _language(path: Path, tag: str) -> str:
    """The language that an ``xml:lang`` names, "" for none."""
    plain = tag.lower().replace("_", "-")
    if plain in ("", "und"):
        return ""
    primary = {"cmn": "zh", "fr": "fr-fr", "pt": "pt-br"}.get(plain.split("-")[0], plain.split("-")[0])
    if primary not in LANGUAGE_CHOICES[1:]:
        raise InputError(
            f"{path}: xml:lang={tag!r} is a language that Framevox does not speak: use one of "
            f"{', '.join(LANGUAGE_CHOICES[1:])}"
        )
    return primary


def _pls_of(rules: Sequence[Rule], language: str) -> bytes:
    languages = {bound for rule in rules if (bound := rule.language or said_by(rule).language)}
    if language:
        languages = {language}
    if len(languages) > 1:
        raise InputError(
            f"the rules are of {', '.join(sorted(languages))}, and a .pls has one language: choose it with --language, "
            "or write a .csv"
        )
    root = Xml.Element(
        "lexicon",
        {"version": "1.0", "xmlns": _PLS, "alphabet": "ipa", "xml:lang": next(iter(languages), "und")},
    )
    for rule in rules:
        lexeme = Xml.SubElement(root, "lexeme")
        Xml.SubElement(lexeme, "grapheme").text = rule.text
        said = said_by(rule)
        if said.kind == "respelling":
            Xml.SubElement(lexeme, "alias").text = said.parts[0]
        elif said.kind == "phones":
            Xml.SubElement(lexeme, "phoneme").text = " ".join(said.parts)
        else:
            alphabet = {"alphabet": _PINYIN if said.kind == "pinyin" else _KANA}
            written = " ".join(said.parts) if said.kind == "pinyin" else rule.reading
            Xml.SubElement(lexeme, "phoneme", alphabet).text = written
    Xml.indent(root)
    content: bytes = Xml.tostring(root, "UTF-8", xml_declaration=True)
    return content + b"\n"


def _name(element: Any) -> str:
    """An element's name without its namespace; a comment has none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
