"""The errors that the engine raises on purpose. Every message is one line that a writer can act on."""


class EngineError(Exception):
    """Base of all errors meant for a person. `str(error)` is one clear line."""


class CheckpointError(EngineError):
    """The folder of a checkpoint cannot be used: missing, broken, of an unsupported class, or unsafe."""


class RequestError(EngineError):
    """The request is impossible: a range outside the text, or an action that the checkpoint cannot do."""


class LanguageError(RequestError):
    """The text is in a language that the checkpoint was not trained on."""


class TextEncodingError(EngineError):
    """The bytes of a file are no text, or a text has characters that its encoding lacks."""


class UnknownEncodingError(TextEncodingError):
    """The bytes of a file are no text in the encoding they were read in, but may be in another."""


class MemoryShortageError(EngineError):
    """There was not enough memory to load the checkpoint or to run a step."""


class LoadingCancelledError(EngineError):
    """Loading or downloading a checkpoint was cancelled."""


class DenoisingError(EngineError):
    """The model returned something that cannot be sampled from, such as NaN logits."""


def is_memory_shortage(error: BaseException) -> bool:
    """Whether an exception of Python or torch means that memory ran out. torch has a class for this on devices, but
    only a message on the CPU.
    """
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)
