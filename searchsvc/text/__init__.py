"""What a word is: pure functions on strings. Knows articles and queries as values, never an index."""
