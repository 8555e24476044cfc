"""The command line, `python -m engine VERB`: one file per verb, and what the verbs share.

What belongs here reads arguments and files and prints; what it prints comes from the rooms below.
"""
