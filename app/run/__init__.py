"""A run in the editor: asking for it, watching it, reviewing what came of it."""
