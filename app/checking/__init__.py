"""Check as I write: mistakes found in the background are underlined, and each offers its corrections."""
