"""DaVinci Resolve: menu entries that run inside it, and the helper process that they talk to. See docs/resolve.md."""
