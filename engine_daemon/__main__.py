"""``python -m framevox.engine_daemon``: the daemon in the foreground, or with ``--detach`` in the background."""

import sys


def run() -> int:
    """Serves, or says which package is missing. Returns the exit code."""
    from framevox.engine_daemon.protocol.installation import broken_package

    try:
        from framevox.engine_daemon.service.main import main
    except ImportError as error:
        print(broken_package(error), file=sys.stderr)
        return 1
    return main()


if __name__ == "__main__":
    sys.exit(run())
