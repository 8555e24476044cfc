"""How it works: five steps of a real run, explained in pictures."""
