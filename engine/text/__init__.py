"""From text to tokens and back: positions, what may change, the vocabulary, and how much context is read.

Everything here depends on text and tokenizers, but on no model and no tensors.
"""
