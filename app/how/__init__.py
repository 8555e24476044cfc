"""The help page: five steps of a real run, explained in pictures."""
