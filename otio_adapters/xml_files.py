"""XML from anywhere: no entities, no DTD, nothing fetched; elements know their lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from framevox.engine_daemon.protocol.errors import InputError

from .whole_files import read_whole

if TYPE_CHECKING:
    from lxml import etree

MOST_BYTES = 64 * 2**20
"""A script of a long film is a few megabytes; embedded sound is not read."""


def read_xml(path: Path, what: str) -> etree._Element:
    """The root element of an XML file; ``element.sourceline`` is its line.

    ``what`` is what the file should be, for messages. Raises InputError that names the file, and the line where there
    is one, for a file that is missing, too large, broken, or declares a DTD, in which entities and bombs are.
    """
    content = read_whole(path, MOST_BYTES, what)
    import defusedxml.ElementTree
    from defusedxml import DefusedXmlException
    from lxml import etree

    try:
        # What is dangerous is found here; the second parser is asked for the lines of elements.
        defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, collect_ids=False
        )
        return etree.fromstring(content, parser)
    except DefusedXmlException:
        raise InputError(
            f"{path} declares a DTD or entities, as no {what} does: it is not read, for this may be an attack"
        ) from None
    except (ParseError, etree.XMLSyntaxError, ValueError, LookupError) as error:
        said = (str(error).splitlines() or ["broken"])[0]
        raise InputError(f"{path} is no {what} that can be read ({said}): export it again") from None


def check_xml(path: Path) -> None:
    """Raises InputError for XML that declares entities, as bombs do, and for broken XML, naming line and column.

    For readers that parse the file by themselves, entities included.
    """
    import xml.sax

    import defusedxml.sax
    from defusedxml import DefusedXmlException

    try:
        with path.open("rb") as file:
            defusedxml.sax.parse(file, xml.sax.ContentHandler())
    except DefusedXmlException:
        raise InputError(f"{path} declares entities, which no editing program writes: export it again") from None
    except xml.sax.SAXParseException as error:
        line, column = error.getLineNumber(), error.getColumnNumber()
        raise InputError(f"{path} is broken at line {line}, column {column}: export it again") from None
