"""write: How do articles become segments? Buffer, inverter, merger, worker processes.

For `engine` alone.
"""
