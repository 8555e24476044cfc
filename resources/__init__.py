"""Data of the program: icons, themes, sample text and the embedded checkpoint. Read with importlib.resources."""
