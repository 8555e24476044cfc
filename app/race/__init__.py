"""Side by side: both decoders on the same words, recorded, played, inspected and exported."""
