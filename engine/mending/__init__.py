"""Mending a text: where something may be wrong, what may stand there instead, and which of it reads best."""
