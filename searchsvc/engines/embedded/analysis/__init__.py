"""analysis: How does a text become tokens? The compiled twin of `text.analyzer`.

For the rooms that write and highlight.
"""
