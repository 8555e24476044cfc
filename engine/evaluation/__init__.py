"""How good a checkpoint is, measured on text it was not trained on: `python -m engine evaluate`.

Everything uses the same layouts, denoiser and session as the editor, and is compared with a baseline: word frequencies,
an untrained checkpoint, the causal head of the same weights, or a spelling program.
"""
