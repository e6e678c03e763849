"""suggest: What may be meant by what is typed? Completions and corrections.

For `engine` alone.
"""
