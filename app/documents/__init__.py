"""The text itself: opening, saving, keeping a journal of it, counting its words. Shows nothing on the page."""
