"""Other words for a place of a text: what may stand there, how well it fits both sides, and which of it to show."""
