"""The algorithm: canvas, samplers, guidance and the loop that turns noise into text; and autoregressive decoding.

Everything here is tensor arithmetic on top of a `Denoiser`, independent of model families and requests.
"""
