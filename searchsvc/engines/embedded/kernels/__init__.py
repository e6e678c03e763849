"""kernels: What does everything above compute with? Compiled loops, sets of docids, the top-k heap, byte strings, bits.

Every room of the embedded engine may enter; it knows none of them.
"""
