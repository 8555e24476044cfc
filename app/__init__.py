"""Remelt's desktop program: a Qt editor that talks to the engine through its front door."""
