"""Remelt's desktop program: a Qt editor that talks to the engine through its front door.

From the ground up: `settings` and what all share, `documents`, the `page` they are written on, how tokens `melt` on it;
on these the `run` in the editor, the `race` side by side and `how` it works, which do not know each other; and the
window that holds all of them. import-linter keeps that order.
"""
