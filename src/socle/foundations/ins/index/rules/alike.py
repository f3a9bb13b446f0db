"""How much two words look alike, whatever they mean. rapidfuzz does the arithmetic."""

from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

SHORT = 4  # letters: below, one letter more or less makes another name


@lru_cache(maxsize=65_536)
def is_close(a: str, b: str) -> bool:
    """Whether a slip of the keyboard separates two names: one letter (two in a long name), or two letters swapped.

    Longer names that only begin alike (MARTIN, MARTINEZ) are not close.
    """
    a, b = a.replace(" ", ""), b.replace(" ", "")
    shortest = min(len(a), len(b))
    if shortest < SHORT:
        return False
    slips = OSA.distance(a, b, score_cutoff=2)
    return slips <= 1 or (slips == 2 and shortest >= 7 and JaroWinkler.similarity(a, b) >= 0.9)


@lru_cache(maxsize=65_536)
def is_short_slip(a: str, b: str) -> bool:
    """Whether one letter separates two names that begin alike, the shorter of which has three: ROUX and RUX.

    Too little is left of such a name for `is_close`, which would make neighbours of LEA and LEO.
    """
    a, b = a.replace(" ", ""), b.replace(" ", "")
    return min(len(a), len(b)) == SHORT - 1 and a[0] == b[0] and OSA.distance(a, b, score_cutoff=1) == 1


def likeness(a: str, b: str) -> float:
    """0 to 1, for longer texts such as addresses."""
    return float(JaroWinkler.similarity(a, b))
