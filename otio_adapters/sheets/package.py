"""XLSX files as the packages that they are: ZIP archives of XML, from anybody, checked before anything is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from lxml import etree

from framevox.engine_daemon.protocol.errors import InputError

MOST_XML_BYTES = 64 * 2**20
"""Unpacked, of all XML parts together: some two million cells."""
MOST_BYTES = 512 * 2**20
"""Unpacked, of all parts: pictures are copied when a sheet is written back."""
MOST_PARTS = 5_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATIONSHIP = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class Package:
    """The parts of an XLSX file.

    Raises InputError for what is none, is encrypted, or unpacks to far more than a sheet.
    """

    def __init__(self, content: bytes) -> None:
        if content.startswith(_OLE):
            raise InputError("it is encrypted, or an old .xls: save it as .xlsx without a password")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, NotImplementedError, ValueError):
            raise InputError("it is no XLSX file, whatever its name says: save the sheet as .xlsx again") from None
        parts = self._zip.infolist()
        size = sum(part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels", ".vml")))
        whole = sum(part.file_size for part in parts)
        if len(parts) > MOST_PARTS or size > MOST_XML_BYTES or whole > MOST_BYTES:
            raise InputError(
                f"it unpacks to {whole / 2**20:.0f} MiB in {len(parts)} parts, {size / 2**20:.0f} MiB of them XML: a "
                f"cue sheet has at most {MOST_XML_BYTES // 2**20} MiB of XML; this may be a zip bomb"
            )
        for part in parts:
            if part.flag_bits & 1:
                raise InputError("it is encrypted: save it without a password")
            if part.filename.lower().endswith((".xml", ".rels")):
                _check_xml(part.filename, self.read(part.filename))
        if "xl/workbook.xml" not in self._zip.namelist() and not self._main():
            raise InputError("it is a ZIP file without a workbook in it: save the sheet as .xlsx again")

    def read(self, name: str) -> bytes:
        """The content of a part. Raises InputError for one that is missing or damaged."""
        try:
            return self._zip.read(name)
        except Exception as error:  # zipfile and zlib raise many kinds
            raise InputError(f"its part {name} cannot be read ({error}): save the sheet as .xlsx again") from None

    def parse(self, name: str) -> etree._Element:
        """The root of an XML part. Raises InputError."""
        return parse_xml(self.read(name), name)

    def elements(self, name: str, *tags: str) -> Iterator[etree._Element]:
        """The elements of these tags in an XML part, in order, of which only the one at hand is kept in memory.

        Raises InputError.
        """
        content = io.BytesIO(self.read(name))
        wanted = [f"{{*}}{tag}" for tag in tags]
        try:
            # No entity is resolved and nothing is fetched; `_check_xml` has refused every DTD before.
            for _, element in etree.iterparse(
                content, tag=[*wanted, "{*}row"], resolve_entities=False, no_network=True, load_dtd=False
            ):
                if etree.QName(element).localname != "row":
                    yield element
                    continue
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise _broken(name, error) from None

    def sheets(self) -> dict[str, str]:
        """The part of every worksheet, by the worksheet's name, in the workbook's order."""
        main = self._main() or "xl/workbook.xml"
        folder = PurePosixPath(main).parent
        relations = self.parse(str(folder / "_rels" / f"{PurePosixPath(main).name}.rels"))
        targets = {
            str(relation.get("Id")): _resolved(folder, str(relation.get("Target")))
            for relation in relations
            if str(relation.get("Type", "")).endswith("/worksheet")
        }
        found = {}
        for sheet in self.parse(main).iter("{*}sheet"):
            identity = sheet.get(_RELATIONSHIP) or sheet.get(_STRICT_RELATIONSHIP) or ""
            if identity in targets:
                found[str(sheet.get("name"))] = targets[identity]
        return found

    def with_part(self, name: str, content: bytes) -> bytes:
        """The whole file with one part's content changed, every other part as it is."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as written:
            for part in self._zip.infolist():
                written.writestr(part, content if part.filename == name else self._zip.read(part.filename))
        return out.getvalue()

    def _main(self) -> str:
        """The workbook's part, where the package names another than the usual one."""
        if "_rels/.rels" not in self._zip.namelist():
            return ""
        for relation in self.parse("_rels/.rels"):
            if str(relation.get("Type", "")).endswith("/officeDocument"):
                name = str(relation.get("Target", "")).lstrip("/")
                return name if name in self._zip.namelist() else ""
        return ""


def parse_xml(content: bytes, name: str) -> etree._Element:
    """The root element. Raises InputError, with the line, for broken XML."""
    # No entity is resolved and nothing is fetched; `_check_xml` has refused every DTD before.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _broken(name, error) from None


def _broken(name: str, error: etree.XMLSyntaxError) -> InputError:
    return InputError(f"its part {name} is broken ({error.msg}): save the sheet as .xlsx again")


def _check_xml(name: str, content: bytes) -> None:
    """Raises InputError for a DTD, which OOXML forbids and in which entities and bombs are."""
    head = content[:2].lower()
    text = content.decode("utf-16", "ignore").encode() if head in (b"\xff\xfe", b"\xfe\xff") else content
    if b"\0" in text[:4]:
        raise InputError(f"its part {name} is in an encoding that no program writes: save the sheet as .xlsx again")
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise InputError(f"its part {name} declares entities, which no spreadsheet does: this may be an attack")


def _resolved(folder: PurePosixPath, target: str) -> str:
    """A relationship's target as the name of a part."""
    parts: list[str] = []
    for step in PurePosixPath(target if target.startswith("/") else str(folder / target)).parts:
        if step == "..":
            parts = parts[:-1]
        elif step not in ("/", "."):
            parts.append(step)
    return "/".join(parts)
