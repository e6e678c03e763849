"""postings: Which documents have a term, how often, and where? The bytes of postings lists and their one decoder.

For `index` and the rooms above it.
"""
