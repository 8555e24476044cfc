"""Choosing the model: what there is, whether it fits, and loading another one."""
