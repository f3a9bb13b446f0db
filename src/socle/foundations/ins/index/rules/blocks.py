"""Blocking keys: two records that share one are compared, the others never are.

Each key joins two or three facts, so that no key gathers many people however common a name is, and each error that the
rules forgive leaves at least one key unharmed: a name misspelt (what it sounds like; the date with the given name), a date
mistaken (names with the year; names with the day and month), or missing (names with birthplace, home, telephone), names
swapped (sorted), a married name (both names), a name lost (date with place). 64-bit hashes: the store holds them in one
array under one GIN index.
"""

from collections.abc import Iterator
from typing import Final

from socle.foundations.ins.index.model import Identifier, Portrait
from socle.kernel.fhir.keys import key
from socle.kernel.phonetic import significant, sound

MOST_NAMES: Final = 4


def blocks(portrait: Portrait) -> tuple[int, ...]:
    """The keys of a record, without repetition, sorted."""
    return tuple(sorted({key("mpi", *parts) for parts in _parts(portrait)}))


def ins_block(ins: Identifier) -> int:
    """The key under which a record with this INS, now or before, is found."""
    return key("mpi", "ins", ins.system, ins.value[:13])


def _parts(p: Portrait) -> Iterator[tuple[str, ...]]:
    families, givens = _families(p), _givens(p)
    if born := p.born:
        year = f"{born.year}"
        for name in families:
            for given in givens:
                yield ("names-year", *sorted((name, given)), year)
        if born.is_complete:
            day = str(born)
            yield from (("name-date", name, day) for name in (*families, *givens))
            turn = "-".join(sorted((f"{born.month:02d}", f"{born.day:02d}")))
            yield from (("names-day", *sorted((n, g)), turn) for n in families[:2] for g in givens[:1])
            if p.place:
                yield ("place-date", p.place, day)
        if p.place:
            yield from (("given-place-year", given, p.place, year) for given in givens[:1])
    if p.place:  # for those whose date nobody wrote
        yield from (("names-place", *sorted((n, g)), p.place) for n in families[:1] for g in givens[:1])
    if p.postcode:
        yield from (("names-home", *sorted((n, g)), p.postcode) for n in families[:2] for g in givens[:1])
    for call in (*p.phones[:3], *p.mails[:2]):
        yield from (("given-call", given, call) for given in givens[:1])
        if p.born:
            yield ("call-year", call, f"{p.born.year}")
    for ins in (p.ins, *p.former_ins):
        if ins is not None:
            yield ("ins", ins.system, ins.value[:13])
    yield from (("number", one.system, one.value) for one in p.numbers)


def _families(p: Portrait) -> list[str]:
    """What the family names sound like: whole, and word by word when there are several."""
    found: dict[str, None] = {}
    for name in (p.family, p.usual_family):
        words = significant(name)
        if len(words) > 1:
            found.update(dict.fromkeys(sound(word) for word in words[:2]))
        found[sound(name if not words else "".join(words))] = None
    return [one for one in found if one][:MOST_NAMES]


def _givens(p: Portrait) -> list[str]:
    """What the given names sound like: the first, the one in use, the beginning of a compound one, the second."""
    found: dict[str, None] = {}
    for name in (p.first, p.usual_given):
        found[sound(name)] = None
        if " " in name:
            found[sound(name.split()[0])] = None
    if len(p.given) > 1:
        found[sound(p.given[1])] = None
    return [one for one in found if one][:MOST_NAMES]
