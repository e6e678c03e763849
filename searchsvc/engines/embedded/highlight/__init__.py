"""highlight: Why did a hit match? Snippets of stored articles.

For `engine` alone.
"""
