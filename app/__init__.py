"""Remelt's desktop program: a Qt editor that talks to the engine through its front door.

From the bottom up: `settings` and what all parts share, `documents`, the `page` that shows them, how tokens `melt` on
it; then the `run` in the editor, the `race` side by side and `how` it works, which do not know each other; and the
window that holds all of them. import-linter enforces this order.
"""
