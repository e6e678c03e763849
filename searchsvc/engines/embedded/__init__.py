"""One machine, nothing beside it: Whoosh keeps the index, columns of our own do the counting."""
