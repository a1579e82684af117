"""``[provenance]`` of ``framevox.toml``: how a film's files say that their speech is synthetic.

[provenance]
sign = "auto"                  # or "on", "off"; auto signs where the extra is installed
certificate = "chain.pem"      # instead of a key of your own
key = "key.pem"
aigc = "91310000MA1K00000X"    # GB 45438-2025: the provider's name or code
aigc-propagator = "…"          # and who spreads the files
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from framevox.engine_daemon.project.file import Project
from framevox.engine_daemon.protocol.errors import InputError

TABLE = "provenance"
MOST_AIGC = 200
SIGN = ("auto", "on", "off")


@dataclass(frozen=True)
class Provenance:
    """``certificate`` and ``key`` are None for the user's own. ``aigc`` is empty for no such metadata; ``asked`` is
    where the settings come from, for errors."""

    sign: Literal["auto", "on", "off"] = "auto"
    certificate: Path | None = None
    key: Path | None = None
    aigc: str = ""
    aigc_propagator: str = ""
    asked: str = ""


def provenance_of(files: Sequence[Project], aigc: str = "") -> Provenance:
    """The settings that ``files`` keep, nearest first; ``aigc`` is what was typed. Raises InputError."""
    sign, _ = _nearest(files, "sign")
    certificate, keeper = _nearest(files, "certificate")
    key, key_keeper = _nearest(files, "key")
    if sign not in ("", *SIGN):
        where = next(one for one in files if "sign" in one.provenance)
        raise InputError(f"{where.place(TABLE, 'sign')}: {sign!r} is not known: use {', '.join(SIGN)}")
    if key and (not certificate or keeper is not key_keeper):
        assert key_keeper is not None
        raise InputError(f'{key_keeper.place(TABLE, "key")} has no certificate beside it: write certificate = "…"')
    propagator, _ = _nearest(files, "aigc-propagator")
    producer = aigc or _nearest(files, "aigc")[0]
    for option, value in (("aigc", producer), ("aigc-propagator", propagator)):
        if len(value) > MOST_AIGC or not value.isprintable():
            raise InputError(f"{option}: {value[:40]!r}…: a provider's name or code has at most {MOST_AIGC} characters")
    path = keeper.folder / Path(certificate).expanduser() if keeper is not None else None
    return Provenance(
        sign or "auto",  # type: ignore[arg-type]
        path,
        keeper.folder / Path(key).expanduser() if keeper is not None and key else path,
        producer,
        propagator,
        "" if keeper is None else keeper.place(TABLE, "certificate"),
    )


def _nearest(files: Sequence[Project], name: str) -> tuple[str, Project | None]:
    """A value, and the file that keeps it."""
    return next(((one.provenance[name], one) for one in files if name in one.provenance), ("", None))
