"""memory: What is the right answer? The engine in plain Python lists and loops, the oracle of the tests."""
