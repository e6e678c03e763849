"""What things are: articles, queries, requests and results, as frozen values.

Standard library only, and no input or output: everything here can be made, compared and printed anywhere.
"""
