"""The family of errors that the engine raises on purpose. Every message is one line that a writer can act on."""


class EngineError(Exception):
    """Base of all errors meant for a person. `str(error)` is one clear line."""


class CheckpointError(EngineError):
    """The folder of a checkpoint cannot be used: missing, broken, of another class, or unsafe."""


class RequestError(EngineError):
    """The request does not fit its text: a range outside it, an action that the checkpoint does not know."""


class MemoryShortageError(EngineError):
    """There was not enough memory to load the checkpoint or to run a step."""


class DenoisingError(EngineError):
    """The model returned something that cannot be sampled from, such as NaN logits."""
