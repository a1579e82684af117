"""The command, also as ``python -m framevox``."""

import sys


def main() -> None:
    """Runs the command. Where a package of ours is missing or broken, says which and how to mend that."""
    for stream in (sys.stdout, sys.stderr):
        # Not every console writes every script: what it cannot write is spelled out, instead of ending the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        from framevox.plugin.cli.main import main as command
    except ImportError as error:
        from framevox.engine_daemon.protocol.installation import broken_package

        sys.stderr.write(f"framevox: {broken_package(error)}\n")
        sys.exit(1)
    command()


if __name__ == "__main__":
    main()
