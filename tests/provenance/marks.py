"""What tests of every output route ask of a file."""

from __future__ import annotations

from pathlib import Path

from framevox.engine_daemon.provenance.checking import Signature, check_file


def signed(path: Path) -> Signature:
    """The signature of a file that bears a valid one, says in words that it is synthetic, and holds the line that was
    signed."""
    found = check_file(path)
    assert found.status == "marked" and found.said and found.signature is not None, found
    assert found.signature.state == "valid" and found.signature.synthetic, found
    assert found.signature.line_matches is not False
    return found.signature
