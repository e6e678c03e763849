"""search: Which documents match a request, and which are its top docs? Planner, evaluator, scorer, collector.

For `engine` alone, and `suggest` for its counts.
"""
