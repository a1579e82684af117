"""What an emotion in words means: eight weights, a pace and a loudness. Needs no model and loads none."""
