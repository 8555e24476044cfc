"""One request from beginning to end: its plan and layouts, the canvases under way, the frames, and the result.

Code here combines text, models and diffusion to serve a request, on any thread; the rooms below know nothing of
requests being served.
"""
