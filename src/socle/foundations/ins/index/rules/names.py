"""How two names of a person agree: birth name and name in use, given names, and the two written in each other's place."""

from functools import lru_cache
from typing import Final

from socle.foundations.ins.index.model import Portrait
from socle.foundations.ins.index.rules.alike import is_close, is_short_slip
from socle.foundations.ins.population.prenoms import FEMININ, MASCULIN
from socle.kernel.phonetic import significant, sound

# Given names that people bear. Two of them that look alike (LEA, LEO) are two names before they are a slip: this is what
# keeps twins apart whose parents liked alliteration.
ATTESTED: Final = frozenset(
    word.replace("-", " ") for text in (MASCULIN, FEMININ) for word in text.split() if not word[0].isdigit()
)


@lru_cache(maxsize=65_536)
def joined(name: str) -> str:
    """The name without its spaces: "LE GALL" and "LEGALL" are written alike."""
    return name.replace(" ", "")


def one_family(a: str, b: str) -> str:
    """How two family names agree: "same", "sounds", "close", "part", "short" (one letter of a short name) or "differs"."""
    if a == b or joined(a) == joined(b):
        return "same"
    if sound(a) == sound(b):
        return "sounds"
    if is_close(a, b):
        return "close"
    left, right = significant(a), significant(b)
    if left == right:
        return "same"  # a particle only
    if (len(left) > 1 or len(right) > 1) and (
        set(left) & set(right) or {sound(word) for word in left} & {sound(word) for word in right}
    ):
        return "part"
    return "short" if is_short_slip(a, b) else "differs"


def family(a: Portrait, b: Portrait) -> str:
    """How the names of two portraits agree; "" when one says none.

    "both": birth name and name in use are the same. "used": the birth name of one is the name in use of the other, or
    both use the same one. "swapped": the family name of one stands where the other has the given name, and the other way
    round.
    """
    if not (a.family or a.usual_family) or not (b.family or b.usual_family):
        return ""
    if a.family and b.family:
        found = one_family(a.family, b.family)
        if found == "same" and a.usual_family and b.usual_family:
            return "both" if one_family(a.usual_family, b.usual_family) != "differs" else "same"
        if found in ("same", "sounds", "close"):
            return found
    else:
        found = "differs"
    if is_swapped(a, b):
        return "swapped"
    used = [
        one_family(x, y)
        for x, y in ((a.family, b.usual_family), (a.usual_family, b.family), (a.usual_family, b.usual_family))
        if x and y
    ]
    if any(one in ("same", "sounds", "close") for one in used):
        return "used"
    return next((level for level in ("part", "short") if level in (found, *used)), "differs")


def is_swapped(a: Portrait, b: Portrait) -> bool:
    """Whether family and given name were written in each other's place, one of them perhaps with a slip, or cut."""
    if not (a.family and b.family and a.given and b.given):
        return False
    found = {one_family(a.family, b.first), one_family(a.first, b.family)}
    return bool(found & {"same", "sounds"}) and found <= {"same", "sounds", "close", "part"}


def given(a: Portrait, b: Portrait) -> str:
    """How the given names agree; "" when one says none.

    "same" first name, "list" when two names at least are, "first" when the others disagree; "sounds"; "close"; "listed":
    one's first (or used) name is in the other's list; "part" of a compound name; "initial"; "other": two names that people
    bear, and that look alike; "variant": two spellings of one; "differs"; "swapped" as for the family name.
    """
    if not (a.given or a.usual_given) or not (b.given or b.usual_given):
        return ""
    one, other = a.first or a.usual_given, b.first or b.usual_given
    if joined(one) == joined(other):
        return _rest(a, b)
    if _is_spread(one, b) or _is_spread(other, a):
        return "same"
    if is_swapped(a, b):
        return "swapped"
    if _is_listed(a, b) or _is_listed(b, a):
        return "listed"
    if _is_compound(one, other) or _is_compound(other, one):
        return "part"
    return _alike(one, other)


def _rest(a: Portrait, b: Portrait) -> str:
    """Once the first given names are the same: what the others say, where both lists have some."""
    left, right = a.given[1:], b.given[1:]
    if not left or not right:
        return "same"
    return "list" if joined(left[0]) == joined(right[0]) or set(left) & set(right) else "first"


def _alike(one: str, other: str) -> str:
    both = one in ATTESTED and other in ATTESTED
    if sound(one) == sound(other):
        return "variant" if both else "sounds"
    if is_close(one, other):
        return "other" if both else "close"
    if min(len(one), len(other)) == 1 and one[0] == other[0]:
        return "initial"
    return "differs"


def _is_listed(a: Portrait, b: Portrait) -> bool:
    """Whether the first or used given name of `a` is elsewhere in the list of `b`, or used by it."""
    others = {joined(name) for name in (*b.given[1:], b.usual_given) if name}
    return any(joined(name) in others for name in (a.first, a.usual_given) if name) or bool(
        a.usual_given and b.first and joined(a.usual_given) == joined(b.first)
    )


def _is_spread(compound: str, over: Portrait) -> bool:
    """Whether a compound name is written as several names in the list of the other: JEAN PIERRE, and JEAN then PIERRE."""
    words = compound.split()
    return len(words) > 1 and list(over.given[: len(words)]) == words


def _is_compound(short: str, long: str) -> bool:
    """Whether `long` is a compound name that `short` is the beginning or a part of: JEAN and JEAN PIERRE."""
    return " " in long and " " not in short and short in long.split()
