"""What they get: the answer to what a reader typed, and an archive filled and kept by its operator.

The web and the command line enter here. `archive` has the one object that both hold; `search` and `help` make answers;
`operations` and `intake` are for the operator, and the web does not enter them.
"""
