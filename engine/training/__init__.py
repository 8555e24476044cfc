"""The recipe of the embedded checkpoint: turns a folder of text into a checkpoint folder. `python -m engine.training`.

In reading order: `corpus` (documents, their mix, what is held out), `tokenizer`, `packing` (arrays of tokens on disk),
`objectives` (what a row of a batch teaches), `batches`, `model` (sizes and initial values), `forward` (one pass over
prefix and canvas), `loop`, `state` (resuming after a kill) and `export`.
"""
