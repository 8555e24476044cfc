"""A run in the editor: requesting it, watching it, reviewing its results."""
