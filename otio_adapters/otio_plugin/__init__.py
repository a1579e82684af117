"""What OpenTimelineIO loads, by path, as plugin_manifest.json names it. See docs/timelines.md.

The hooks run whenever any program reads or writes a timeline: they import nothing before they have something to do.
"""
