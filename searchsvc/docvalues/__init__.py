"""docvalues: What does each document have? Columns by docid, and the file of arrays that they are stored in.

For `engines.embedded`; it knows neither articles nor Whoosh.
"""
