"""The algorithm: canvas, sampler, guidance and the loop that turns noise into text, and its autoregressive opponent.

What belongs here is tensors and arithmetic over a `Denoiser`; it knows no model family and no request.
"""
