"""Plain data exchanged between the engine and its callers: requests, results, frames, events, errors.

Everything here is immutable, depends on neither torch nor a model, and can be passed to another thread as is.
"""
