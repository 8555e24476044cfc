"""The text itself: opening, saving, journalling and counting words. Shows nothing on the page."""
