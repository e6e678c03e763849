"""search: Which documents match a request, and which are its top docs?

`planner` chooses a plan, `collector` executes it; for `engine`, which makes a result of it. The loops are in `kernels`.
"""
