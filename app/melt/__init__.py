"""How tokens are drawn: noise, landing and melting words, cells."""
