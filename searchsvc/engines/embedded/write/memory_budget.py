"""MemoryBudget: when what was gathered has to be written, for an ingest to keep within its memory.

What the processes of an ingest have in memory is read off the system, not reckoned: their own pages, and a share for
libraries. To that comes what making a segment of the tokens gathered will take besides.
"""

from searchsvc.children import own_mb

# Making postings of a gathered token takes so much at the worst moment, above what it took so far.
FINISH_BYTES = 22
# Words met, a dictionary, what is on its way between processes: it may come between two looks.
SPARE_MB = 26
# Pages of libraries that this process maps; and of those what each other has for itself.
LIBRARIES_MB = 66
LIBRARIES_EACH_MB = 12
# What a process that begins to write has of its own: Python, the libraries.
START_MB = 60
# Where the system does not say: this process, another that helps or reads, and a gathered token with all that it takes.
BASE_MB, EACH_MB, TOKEN_BYTES = 230, 110, 40
# However little memory there is, segments are not made smaller.
FEWEST_TOKENS = 200_000


class MemoryBudget:
    """For an ingest that may take `memory_mb` in all, from now on: what the process held before is not the ingest's."""

    def __init__(self, memory_mb: int) -> None:
        held, _ = own_mb()
        self._most = memory_mb + max(0.0, held - START_MB)

    def is_spent(self, tokens: int) -> bool:
        """Whether it is time to write; `tokens` are all that were gathered, in whichever process."""
        if tokens < FEWEST_TOKENS:
            return False
        held, others = own_mb()
        if held:
            taken = held + LIBRARIES_MB + LIBRARIES_EACH_MB * others + SPARE_MB + tokens * FINISH_BYTES / 1e6
        else:
            taken = BASE_MB + EACH_MB * others + tokens * TOKEN_BYTES / 1e6
        return taken > self._most
