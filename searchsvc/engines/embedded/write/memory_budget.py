"""MemoryBudget: when the buffered articles must be flushed, for an ingest to keep within its memory.

What the processes of an ingest have in memory is read from the system: their own pages, and an estimate of the pages of
libraries. To that comes what making a segment of the buffered tokens will take.
"""

from searchsvc.children import private_mb

# Making the postings of a token takes so much at the worst moment, on top of what the buffer has already.
FLUSH_BYTES = 22
# For new words, a dictionary, and what is on its way between processes: what may come between two checks.
SPARE_MB = 26
# Pages of libraries that this process maps; and what each other process has of them for itself.
LIBRARIES_MB = 66
LIBRARIES_EACH_MB = 12
# What a process that begins to write has of its own: Python, the libraries.
START_MB = 60
# Where the system does not say: this process, each other that writes or reads, and a buffered token with all it takes.
BASE_MB, EACH_MB, TOKEN_BYTES = 230, 110, 40
# However little memory there is, the buffers of an ingest are not flushed with fewer tokens.
MIN_TOKENS = 200_000


class MemoryBudget:
    """For an ingest that may take `memory_mb` in all, from now on: what the process had before is not the ingest's."""

    def __init__(self, memory_mb: int) -> None:
        held, _ = private_mb()
        self._limit = memory_mb + max(0.0, held - START_MB)

    def is_spent(self, tokens: int) -> bool:
        """Whether it is time to flush; `tokens` are those in the buffers of all processes."""
        if tokens < MIN_TOKENS:
            return False
        held, others = private_mb()
        if held:
            taken = held + LIBRARIES_MB + LIBRARIES_EACH_MB * others + SPARE_MB + tokens * FLUSH_BYTES / 1e6
        else:
            taken = BASE_MB + EACH_MB * others + tokens * TOKEN_BYTES / 1e6
        return taken > self._limit
