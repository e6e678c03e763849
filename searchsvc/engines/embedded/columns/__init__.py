"""columns: What does each document have? Doc values, facet counts, the stored articles.

For `index` and the rooms above it.
"""
