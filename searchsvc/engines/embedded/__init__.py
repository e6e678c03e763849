"""One machine, nothing beside it: Whoosh keeps the list of segments; arrays of our own and loops on them the rest."""
