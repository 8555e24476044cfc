"""Benchmarks of the window, off screen: `python -m app.bench`."""
