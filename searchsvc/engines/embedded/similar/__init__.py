"""similar: Which articles are about the same as this one? More like this.

For `engine` alone.
"""
