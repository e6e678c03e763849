"""memory: the plain engine, in Python lists: what the right answer is. The oracle of the tests."""
