"""Tells what is not worth showing to a writer: results with faults that need no model to see, and text in a language
that a checkpoint was not trained on.
"""
