"""Find and replace on the page, and going to a line or a heading."""
