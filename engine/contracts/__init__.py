"""Plain data that crosses the wall between the engine and whoever uses it: requests, results, frames, events, errors.

What belongs here is frozen, knows neither torch nor a model, and can be sent to another thread as it is.
"""
