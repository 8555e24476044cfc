"""DiffusionGemma in 4 bits: weights packed on the way from the file, and experts that are multiplied packed."""
