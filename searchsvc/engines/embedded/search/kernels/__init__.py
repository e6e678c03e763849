"""search.kernels: The compiled loops of a search over the postings lists and keys of one segment.

For `search` alone. They import no more than postings and the tools below: each is compiled anew when a file that its
module imports changes.
"""
