"""Asked in words: the line for any instruction, and the instructions that the menu offers."""
