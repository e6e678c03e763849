"""terms: Which words does a segment have, and which are meant? Term dictionary, fuzzy look-up, look-up by prefix.

For `index` and the rooms above it.
"""
