"""The helper that menu entries inside Resolve start, in Framevox's own Python. See docs/resolve-bridge.md."""
