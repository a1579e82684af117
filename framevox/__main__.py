"""``python -m framevox``: the command."""

from framevox.plugin.cli.main import main

if __name__ == "__main__":
    main()
