"""The recipe of the embedded checkpoint: a folder of text in, a checkpoint folder out. `python -m engine.training`.

In reading order: `corpus` (documents, their mix, what is held out), `tokenizer`, `packing` (arrays of tokens on disk),
`objectives` (what one row of a batch teaches), `batches`, `model` (sizes and start values), `forward` (one pass over
prefix and canvas), `loop`, `state` (going on after a kill) and `export`.
"""
