"""How tokens are drawn: noise, words that land and melt, cells."""
