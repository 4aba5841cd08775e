"""Tiny language models made in code: configurations, seeded weights, a tokenizer, checkpoints.

Everything is made offline and is the same bit by bit on every machine, so that what one release
of a project computes can be held against what another has written down.
"""
