"""Measures the window, without a screen: `python -m app.bench`."""
