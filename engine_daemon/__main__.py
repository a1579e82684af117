"""``python -m framevox.engine_daemon``: the daemon in the foreground, or with ``--detach`` in the background."""

import sys

from framevox.engine_daemon.service.main import main

if __name__ == "__main__":
    sys.exit(main())
