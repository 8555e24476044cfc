"""The preferences: all settings with a label, and the keys of all commands."""
