"""Side by side: both decoders on the same words, recorded, played, looked into and taken along."""
