"""How good a checkpoint is, measured on text it was not trained on: `python -m engine evaluate`.

Everything goes through the same layouts, denoiser and session that the editor uses, and stands beside something that a
reader can judge it by: chance, an untrained checkpoint, the causal head of the same weights, a spelling program.
"""
