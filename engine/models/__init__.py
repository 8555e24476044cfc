"""Checkpoint folders and what runs them: the checks before loading, one file per model family, the prefix cache.

Code here may use transformers; everything above it sees only a `LoadedModel` and its `Denoiser`.
"""
