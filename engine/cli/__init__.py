"""The command line, `python -m engine VERB`: one file per verb, and what the verbs share.

Code here reads arguments and files, and prints what the rooms below compute.
"""
