"""Checkpoint folders and what runs them: the checks before loading, one file per model family, the prefix cache.

What belongs here knows transformers; everything above it sees a `LoadedModel` and the `Denoiser` in it.
"""
