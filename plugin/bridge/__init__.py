"""``framevox bridge``: the helper that every host starts, in Framevox's own Python. See docs/bridge.md."""
