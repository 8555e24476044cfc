"""The page that is written on, and what floats over it."""
