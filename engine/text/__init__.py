"""From text to tokens and back: positions, what may change, the vocabulary, and how much context is read.

What belongs here knows text and tokenizers, but no model and no tensors.
"""
