"""One request from beginning to end: its plan and layouts, the canvases under way, the frames, and the result.

What belongs here joins text, models and diffusion for a request, on whichever thread; nothing below it knows a request
is being served.
"""
