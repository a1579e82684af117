"""``framevox provenance``: the key that files are signed with, and what a file says of where it comes from."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli import exits, options

if TYPE_CHECKING:
    from framevox.engine_daemon.provenance.checking import Checked
    from framevox.engine_daemon.provenance.credentials import Credentials
    from framevox.plugin.common.checked_files import Outcome

ALGORITHMS = ("ed25519", "es256")
MOST_YEARS = 30

provenance = typer.Typer(
    no_args_is_help=True, help="Sign files, so that they say that they are synthetic, and check what files say."
)


@provenance.command()
def init(
    name: Annotated[
        str,
        typer.Option(
            "--name",
            metavar="NAME",
            help="Who signs, such as a studio's name; everybody can read it in each file.",
            show_default=False,
        ),
    ] = "",
    algorithm: Annotated[
        str, options.choice("--algorithm", ALGORITHMS, default="ed25519", help="The kind of key.")
    ] = "ed25519",
    years: Annotated[
        int, typer.Option("--years", metavar="N", min=1, max=MOST_YEARS, help="How long the certificate is valid.")
    ] = 10,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace a key that is there; what it signed stays valid.", show_default=False),
    ] = False,
) -> None:
    """Make a key of your own to sign with. Without, one is made in no name when the first file is signed."""
    from framevox.engine_daemon.client.own_key import key_file, make_own_key, own_key
    from framevox.engine_daemon.provenance.credentials import NOBODY
    from framevox.engine_daemon.provenance.signing import EXTRA, is_installed

    if not is_installed():
        raise InputError(f"signing is not installed: {EXTRA}")
    if len(name) > 64 or not name.isprintable():
        raise InputError("--name has at most 64 characters, on one line")
    home = Home.find()
    if key_file(home).exists() and not force and own_key(home).name != NOBODY:
        raise InputError(
            f"there is a key of {own_key(home).name} already, in {key_file(home)}: use --force to replace it"
        )
    made = make_own_key(home, name.strip() or NOBODY, algorithm, years, replace=True)
    _print_key(home, made)


@provenance.command()
def show(
    certificate: Annotated[
        bool,
        typer.Option(
            "--certificate", help="Print the certificates in PEM, for those who check your files.", show_default=False
        ),
    ] = False,
) -> None:
    """Show what the files of the current folder's film are signed with."""
    from framevox.engine_daemon.project.film import Film
    from framevox.engine_daemon.project.options import Options
    from framevox.engine_daemon.provenance.signing import EXTRA, is_installed

    marking = Options(Film.of(Path.cwd())).marking(exits.say)
    if marking.signs and not marking.has_key:
        raise InputError("there is no key yet: `framevox provenance init` makes one, or the first file that is signed")
    credentials = marking.credentials
    if credentials is None:
        raise InputError(
            'files are not signed: sign = "off" stands under [provenance] in framevox.toml'
            if is_installed()
            else f"files are not signed: {EXTRA}"
        )
    if certificate:
        print(credentials.certificates.decode("ascii"), end="")
    else:
        _print_key(Home.find(), credentials)


@provenance.command()
def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="WAV, FLAC and MP3 files, folders of them, and .otioz bundles."),
    ],
    trust: Annotated[
        list[Path],
        typer.Option(
            "--trust", metavar="PEM", help="Certificates that you trust; may be repeated.", show_default=False
        ),
    ] = [],  # noqa: B006 - typer's own idiom
    json: options.JsonOption = False,
) -> None:
    """Say what files tell of where they come from, and whether it holds.

    Ends with 0 when every file is marked as synthetic, 3 when some are not, 1 when a mark does not hold, 2 when a file
    cannot be read.
    """
    from framevox.engine_daemon.client.own_key import own_anchors
    from framevox.plugin.common.checked_files import checked_files

    anchors = own_anchors(Home.find()) + b"".join(map(_anchor, trust))
    outcomes = []
    for outcome in checked_files(files, anchors):
        outcomes.append(outcome)
        if not json:
            _print_outcome(outcome)
    counts = {name: sum(each.status == name for each in outcomes) for name in _CODES}
    if json:
        print(json_module.dumps({"files": list(map(_told, outcomes)), "counts": counts}, ensure_ascii=False))
    raise typer.Exit(next((code for name, code in _CODES.items() if counts[name]), exits.PLACED))


_CODES = {"unusable": exits.UNUSABLE, "broken": exits.FAILED, "unmarked": exits.ATTENTION, "marked": exits.PLACED}
"""Exit codes, the one that counts first."""


def _anchor(path: Path) -> bytes:
    from framevox.engine_daemon.provenance.credentials import certificates_in

    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"--trust {path} cannot be read ({error.strerror}): check its name and folder") from None
    found = certificates_in(content)
    if not found:
        raise InputError(f"--trust {path} holds no certificate: name a PEM file")
    return b"".join(found)


def _print_key(home: Home, credentials: Credentials) -> None:
    from framevox.engine_daemon.client.own_key import certificate_file, key_file
    from framevox.engine_daemon.provenance.credentials import certificates_in

    own = key_file(home)
    mine = own.is_file() and credentials.certificates == b"".join(certificates_in(own.read_bytes()))
    print(f"Signs:       {credentials.name} ({credentials.algorithm}), until {credentials.expires:%Y-%m-%d}")
    print(f"Key:         {own if mine else 'the one named in framevox.toml'}")
    if mine:
        print(f"Certificate: {certificate_file(home)} (give it to those who check your files with --trust)")


def _print_outcome(outcome: Outcome) -> None:
    print(f"{outcome.name}: {outcome.status if outcome.checked is not None else 'cannot be checked'}")
    for line in _lines(outcome.checked) if outcome.checked is not None else ():
        print(f"  {line}")
    for problem in outcome.problems:
        print(f"  problem: {problem}")


def _lines(checked: Checked) -> Iterable[str]:
    for where, said in checked.said.items():
        yield f"{where}: {said}"
    if checked.aigc is not None:
        from framevox.engine_daemon.provenance.aigc import LABELS

        fields = checked.aigc
        yield (
            f"AIGC: {LABELS[fields['Label']]}, by {fields.get('ContentProducer') or 'nobody named'}, number "
            f"{fields.get('ProduceID') or 'none'}"
        )
    signature = checked.signature
    if signature is None:
        yield "C2PA: not signed"
        return
    states = {
        "trusted": f"valid, signed by {signature.signer}",
        "valid": f"valid, signed by somebody who calls themselves {signature.signer}: --trust their certificate",
        "broken": "does not hold",
        "unchecked": "there, but not checked: pip install 'framevox[provenance]'",
    }
    yield f"C2PA: {states[signature.state]}"
    if signature.agent:
        yield f"  made with {signature.agent}, {'synthetic' if signature.synthetic else 'not called synthetic'}"
    facts: Mapping[str, Any] = signature.facts
    if facts.get("engine"):
        yield f"  engine: {facts['engine']}"
    for voice in facts.get("voices") or ():
        consent = f", consent: {voice['consent']}" if voice.get("consent") else ""
        yield f"  voice: {voice.get('name')} ({voice.get('origin')}{consent})"
    hashes = list(facts.get("line_sha256") or ())
    if len(hashes) == 1:
        yield f"  SHA-256 of the line: {hashes[0]}"
    elif hashes:
        yield f"  SHA-256 of {len(hashes)} lines: see --json"


def _told(outcome: Outcome) -> dict[str, Any]:
    checked = outcome.checked
    signature = checked.signature if checked is not None else None
    return {
        "file": outcome.name,
        "status": outcome.status,
        "said": dict(checked.said) if checked is not None else {},
        "aigc": dict(checked.aigc) if checked is not None and checked.aigc is not None else None,
        "c2pa": None
        if signature is None
        else {
            "state": signature.state,
            "signer": signature.signer,
            "agent": signature.agent,
            "synthetic": signature.synthetic,
            "facts": dict(signature.facts),
            "line_matches": signature.line_matches,
        },
        "problems": list(outcome.problems),
    }
