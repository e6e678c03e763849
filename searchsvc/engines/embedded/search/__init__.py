"""search: Which documents match a request, and which are its top docs?

`planner` chooses the way, `collector` goes it; for `engine`, which makes a result of it. The loops are in `kernels`.
"""
