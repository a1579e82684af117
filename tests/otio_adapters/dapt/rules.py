"""The rules of DAPT and of TTML2 that a script has to follow, each with where it stands.

Written from the W3C's Candidate Recommendation Draft "Dubbing and Audio description Profiles of TTML2" of 21 March 2025
(https://www.w3.org/TR/2025/CRD-dapt-20250321/, "DAPT" below, by its headings) and from TTML2, second edition
(https://www.w3.org/TR/ttml2/, by its sections). ``broken_rules`` gives every rule that a file breaks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

TT, TTP, TTM = (f"http://www.w3.org/ns/ttml{part}" for part in ("", "#parameter", "#metadata"))
DAPTM = "http://www.w3.org/ns/ttml/profile/dapt#metadata"
XML = "http://www.w3.org/XML/1998/namespace"
PROFILE = "http://www.w3.org/ns/ttml/profile/dapt1.0/content"

TIMES = re.compile(r"\d{2,}:[0-5]\d:[0-5]\d(\.\d+)?|\d+(\.\d+)?(h|m|s|ms|f|t)")
DESCRIPTOR = re.compile(r"(audio(\.(dialogue|nonDialogueSounds))?|visual(\.(dialogue|nonText|text(\..+)?))?|x-.+)")
KINDS = ("originalTranscript", "translatedTranscript", "preRecording", "asRecorded")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

# TTML2, 8.1 and 9.1: what may stand in what, in this order of groups; the schema's content models.
METADATA = {
    f"{{{TT}}}metadata", f"{{{TTM}}}desc", f"{{{TTM}}}agent", f"{{{TTM}}}name", f"{{{DAPTM}}}daptOriginTimecode",
}  # fmt: skip
CONTENT = {
    f"{{{TT}}}tt": [{f"{{{TT}}}head"}, {f"{{{TT}}}body"}],
    f"{{{TT}}}head": [{f"{{{TT}}}metadata"}],
    f"{{{TT}}}metadata": [METADATA],
    f"{{{TTM}}}agent": [{f"{{{TTM}}}name"}, {f"{{{TTM}}}actor"}],
    f"{{{TT}}}body": [METADATA, {f"{{{TT}}}div"}],
    f"{{{TT}}}div": [METADATA, {f"{{{TT}}}p", f"{{{TT}}}div"}],
    f"{{{TT}}}p": [METADATA, {f"{{{TT}}}span", f"{{{TT}}}br", f"{{{TT}}}audio"}],
    f"{{{TT}}}span": [METADATA, {f"{{{TT}}}span", f"{{{TT}}}br", f"{{{TT}}}audio"}],
}
_TIMED = {"begin", "end", "dur"}
_TEXT = {f"{{{XML}}}id", f"{{{XML}}}lang", f"{{{DAPTM}}}represents", f"{{{DAPTM}}}langSrc"}
ATTRIBUTES = {
    f"{{{TT}}}div": _TIMED | _TEXT | {f"{{{TTM}}}agent", f"{{{DAPTM}}}onScreen"},
    f"{{{TT}}}p": _TIMED | _TEXT,
    f"{{{TT}}}audio": _TIMED | {"src", "type", "clipBegin", "clipEnd"},
    f"{{{TTM}}}desc": {f"{{{DAPTM}}}descType", f"{{{XML}}}lang"},
}


def broken_rules(content: bytes) -> list[str]:
    """What a script breaks, in words."""
    # DAPT, "Document encoding and serialisation": well-formed XML 1.0 in UTF-8, without a DTD or entities.
    root = etree.fromstring(content, etree.XMLParser(collect_ids=False))
    found = [] if root.getroottree().docinfo.doctype == "" else ["it has a DTD"]
    found += [] if root.getroottree().docinfo.encoding.upper() == "UTF-8" else ["it is not in UTF-8"]
    return [*found, *_root(root), *_agents(root), *_events(root), *_times(root), *_structure(root), *_ids(root)]


def _root(root: etree._Element) -> Iterator[str]:
    if root.tag != f"{{{TT}}}tt":
        yield "DAPT Script: the root is no <tt> in the TT namespace"
    if not LANGUAGE.fullmatch(root.get(f"{{{XML}}}lang", "")):
        yield "Default Language: xml:lang MUST be on <tt> and not be empty"
    if root.get(f"{{{DAPTM}}}scriptType") not in (
        "originalTranscript",
        "translatedTranscript",
        "preRecording",
        "asRecorded",
    ):
        yield "Script Type: daptm:scriptType MUST be on <tt>, and be one of four"
    represented = (root.get(f"{{{DAPTM}}}scriptRepresents") or "").split()
    if not represented or not all(DESCRIPTOR.fullmatch(value) for value in represented):
        yield "Script Represents: daptm:scriptRepresents MUST be on <tt>, a list of content descriptors"
    if PROFILE not in root.get(f"{{{TTP}}}contentProfiles", "").split():
        yield "ttp:contentProfiles: MUST name DAPT's content profile"
    for name in ("profile", "clockMode", "dropMode", "markerMode", "subFrameRate"):
        if root.get(f"{{{TTP}}}{name}") is not None:
            yield f"Profile of TTML2 features: ttp:{name} is prohibited"
    if root.get(f"{{{TTP}}}timeBase", "media") != "media":
        yield "ttp:timeBase: media is the only one permitted"
    multiplier = root.get(f"{{{TTP}}}frameRateMultiplier")
    if multiplier is not None and not re.fullmatch(r"[1-9]\d* [1-9]\d*", multiplier):
        yield "TTML2 7.2.6: ttp:frameRateMultiplier is two numbers"
    body = root.find(f"{{{TT}}}body")
    if body is None and root.iter(f"{{{TT}}}div"):
        yield "Script Events: with events there MUST be a <body>"


def _agents(root: etree._Element) -> Iterator[str]:
    known = root.findall(f"./{{{TT}}}head/{{{TT}}}metadata/{{{TTM}}}agent")
    if len(known) != len(list(root.iter(f"{{{TTM}}}agent"))):
        yield "Character: agents MUST be at /tt/head/metadata/ttm:agent"
    for agent in known:
        if agent.get("type") not in ("character", "person") or not agent.get(f"{{{XML}}}id"):
            yield "Character: an agent MUST have a type and an xml:id"
        names = [name.get("type") for name in agent.findall(f"{{{TTM}}}name") if (name.text or "").strip()]
        if agent.get("type") == "character" and "alias" not in names:
            yield "Character: MUST have a ttm:name of the type alias"
    ids = {agent.get(f"{{{XML}}}id") for agent in known}
    for element in root.iter(f"{{{TT}}}div"):
        if set((element.get(f"{{{TTM}}}agent") or "").split()) - ids:
            yield "Script Event: ttm:agent MUST refer to agents that are there"


def _events(root: etree._Element) -> Iterator[str]:
    represented = (root.get(f"{{{DAPTM}}}scriptRepresents") or "").split()
    for event in root.iter(f"{{{TT}}}div"):
        if event.find(f"{{{TT}}}div") is not None:
            continue
        if not event.get(f"{{{XML}}}id"):
            yield "Script Event: xml:id MUST be there"
        if event.get("begin") is None or event.get("end") is None:
            yield "Script Event: begin and end SHOULD be there"
        value = next(
            (
                e.get(f"{{{DAPTM}}}represents")
                for e in (event, *event.iterancestors())
                if e.get(f"{{{DAPTM}}}represents")
            ),
            "",
        )
        if not DESCRIPTOR.fullmatch(value):
            yield "Represents: every event MUST have one content descriptor"
        if not any(value == whole or value.startswith(f"{whole}.") for whole in represented):
            yield "Represents: an event's is a sub-type of the script's"
        if event.get(f"{{{DAPTM}}}onScreen", "ON") not in ("ON", "OFF", "ON_OFF", "OFF_ON"):
            yield "On Screen: one of four"
        if any(not "".join(desc.itertext()).strip() for desc in event.findall(f"{{{TTM}}}desc")):
            yield "Script Event Description: SHOULD NOT be empty"
    for element in root.iter():
        source = element.get(f"{{{DAPTM}}}langSrc")
        if source and not LANGUAGE.fullmatch(source):
            yield "Text Language Source: MUST be empty or a language"
        if (language := element.get(f"{{{XML}}}lang")) and not LANGUAGE.fullmatch(language):
            yield "xml:lang: MUST be a language"
    kind = root.get(f"{{{DAPTM}}}scriptType")
    recordings = list(root.iter(f"{{{TT}}}audio"))
    if kind == "preRecording" and recordings:
        yield "Pre-recording Script: SHOULD NOT contain Audio objects"
    if kind == "asRecorded" and not recordings:
        yield "As-recorded Script: SHOULD contain Audio Recordings"
    for audio in recordings:
        if etree.QName(audio.getparent()).localname not in ("p", "span"):
            yield "Audio Recording: is a child of a <p> or <span>"
        if not audio.get("src") or audio.get("src", "#").startswith("#") or not audio.get("type"):
            yield "Audio Recording: an external one has src and type"


def _times(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        if element.get("timeContainer", "par") != "par":
            yield "timeContainer: MUST NOT be other than par"
        for name in ("begin", "end", "dur", "clipBegin", "clipEnd"):
            written = element.get(name)
            if written is None:
                continue
            if not TIMES.fullmatch(written):
                yield f"Time expressions: {name}={written!r} is no DAPT clock-time or offset-time"
            if written.endswith("f") and not re.fullmatch(r"[1-9]\d*", root.get(f"{{{TTP}}}frameRate", "")):
                yield "ttp:frameRate: MUST be on <tt> where times count frames"
    for code in root.iter(f"{{{DAPTM}}}daptOriginTimecode"):
        if not re.fullmatch(r"\d\d+:\d\d:\d\d:\d\d", code.text or ""):
            yield "DAPT Origin Timecode: MUST be a clock-time with frames"
    if len(list(root.iter(f"{{{DAPTM}}}daptOriginTimecode"))) > 1:
        yield "DAPT Origin Timecode: zero or one"


def _structure(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        groups = CONTENT.get(str(element.tag))
        place = 0
        for child in element if groups is not None else ():
            where = next((i for i in range(place, len(groups)) if child.tag in groups[i]), None)
            if where is None:
                yield f"schema: <{child.tag}> cannot stand there in <{element.tag}>"
            else:
                place = where
        allowed = ATTRIBUTES.get(str(element.tag))
        if allowed is not None and set(element.attrib) - allowed:
            yield f"schema: <{element.tag}> has no {min(set(element.attrib) - allowed)}"
        if groups is not None and etree.QName(element).localname not in ("p", "span") and (element.text or "").strip():
            yield f"schema: <{element.tag}> holds no text of its own"


def _ids(root: etree._Element) -> Iterator[str]:
    ids = Counter(element.get(f"{{{XML}}}id") for element in root.iter() if element.get(f"{{{XML}}}id"))
    for identity, times in ids.items():
        if times > 1:
            yield f"Unique identifiers: {identity} is used {times} times"
        if not re.fullmatch(r"[^\W\d][\w.\-]*", identity):
            yield f"XML 1.0: {identity!r} is no xml:id"
