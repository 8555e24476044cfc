"""What surrounds the open file: recent files, what other windows have open, drops, and what a crash has left."""
