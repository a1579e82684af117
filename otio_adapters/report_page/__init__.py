"""The report of a fill: one HTML page that shows, explains and plays every line, and needs nothing beside it."""
