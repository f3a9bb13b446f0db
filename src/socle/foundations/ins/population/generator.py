"""People by the million: deterministic by seed, constant memory, more than 30,000 a second on one core.

Shapes: the age pyramid of metropolitan France; names by frequency and generation; one birth in eight abroad, where a
date may be incomplete; twins; homonyms (same name, first given name, sex and birth date: what makes INSi answer 02);
compound and double names; NIA that became NIR, with their history; people who still carry a NIA.

Matricules are unique: the order number counts the births of a commune in a month. The counters are a fixed table;
cells that share a counter only skip numbers.
"""

from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final

from socle.foundations.ins.model import AutoriteAffectation, cle_nir
from socle.foundations.ins.population.lieux import Lieu, communes, pays
from socle.foundations.ins.population.noms import family_names
from socle.foundations.ins.population.personne import Ancien, Personne
from socle.foundations.ins.population.prenoms import FEMININ, MASCULIN, spread, table

REFERENCE: Final = date(2026, 1, 1)  # the day of the census: nobody is born after it
OID: Final = AutoriteAffectation.NIR_TEST.oid

_ABROAD = 0.125
_INCOMPLETE_ABROAD = 0.04
_INCOMPLETE_HERE = 0.0004
_TWIN = 0.008
_HOMONYM = 0.003
_DOUBLE_NAME = 0.025
_WAS_NIA = 0.10  # of those born abroad
_STILL_NIA = 0.02  # of those born abroad
_CORRECTED = 0.0003  # a first matricule with the other sex
_STEP = 7  # coprime with 999: the order numbers of a cell go through all of them
_COUNTERS = 1 << 21
_NAMES = 16_384
_GIVEN = 4_096
_PLACES = 16_384

# Share of each five-year bracket of ages, 0–4 to 100–104, in thousandths: the French pyramid, roughly.
_PYRAMID = (50, 56, 62, 63, 59, 56, 59, 62, 64, 61, 66, 65, 62, 57, 53, 43, 27, 20, 11, 3, 1)
_UNKNOWN_MONTHS = (*range(20, 43), *range(50, 100))
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@lru_cache(maxsize=1)
def _family_names() -> tuple[str, ...]:
    return spread([(name, float(weight)) for name, weight in family_names()], _NAMES)


@lru_cache(maxsize=64)
def _given_names(sexe: str, decade_half: int) -> tuple[str, ...]:
    return table(MASCULIN if sexe == "M" else FEMININ, decade_half * 5, _GIVEN)


def _places(lieux: Sequence[Lieu]) -> tuple[str, ...]:
    if len(lieux) * 4 > _PLACES:  # the complete code: every commune at least once, no weight
        return tuple(lieu.code for lieu in lieux)
    return spread([(lieu.code, float(lieu.poids)) for lieu in lieux], _PLACES)


def generate(n: int, seed: int = 0, *, on: date = REFERENCE, lieux: Sequence[Lieu] | None = None) -> Iterator[Personne]:
    """`n` people, always the same for the same arguments; asking for more only adds people at the end.

    seed   another seed, other people
    on     the day of the census
    lieux  communes to be born in, e.g. from `load_cog`; the short table by default

    Matricules are unique within one call. Rate: see docs/performance.
    """
    draw = Random(seed).random  # noqa: S311 - reproducible people, not secrets
    names = _family_names()
    here = _places(communes() if lieux is None else lieux)
    abroad = _places(pays())
    counters = array("H", bytes(2 * _COUNTERS))
    ages = tuple(accumulate(share for share in _PYRAMID))
    brackets = tuple(bracket for bracket, share in enumerate(_PYRAMID) for _ in range(share))
    total = ages[-1]

    nom = premier = sexe = naissance = lieu = ""
    year = month = 0
    foreign = False
    previous: tuple[str, str, str, str, int, int, str, bool] | None = None

    for rang in range(n):
        chance = draw()
        kind = 0
        if previous is not None and chance < _TWIN + _HOMONYM:
            kind = 1 if chance < _TWIN else 2
        if kind == 0:
            # a new person
            age = brackets[int(draw() * total)] * 5 + int(draw() * 5)
            sexe = "F" if draw() < (0.489 if age < 60 else 0.53 if age < 80 else 0.66) else "M"
            year = on.year - 1 - age
            month = 1 + int(draw() * 12)
            day = 1 + int(draw() * _LENGTHS[month - 1])
            foreign = age > 1 and draw() < _ABROAD
            lieu = (abroad if foreign else here)[int(draw() * len(abroad if foreign else here))]
            nom = names[int(draw() * _NAMES)]
            if chance > 1.0 - _DOUBLE_NAME:
                other = names[int(draw() * _NAMES)]
                if other != nom and " " not in nom + other:
                    # the double hyphen told double names of 2003–2011 from compound ones
                    nom = f"{nom}--{other}" if 2005 <= year <= 2010 and draw() < 0.3 else f"{nom}-{other}"
            naissance = f"{year:04d}-{month:02d}-{day:02d}"
            if draw() < (_INCOMPLETE_ABROAD if foreign else _INCOMPLETE_HERE):
                if draw() < 0.7:
                    naissance = f"{year:04d}-00-00"
                    month = 0
                else:
                    naissance = f"{year:04d}-{month:02d}-00"
            premier = ""
        elif kind == 1:
            # the twin of the previous one: another given name, perhaps another sex
            assert previous is not None
            nom, _, sexe, naissance, year, month, lieu, foreign = previous
            if draw() < 0.4:
                sexe = "M" if sexe == "F" else "F"
            premier = ""
        else:
            # a homonym of the previous one: everything that INSi asks for is the same, but the place
            assert previous is not None
            nom, premier, sexe, naissance, year, month, lieu, foreign = previous
            lieu = (abroad if foreign else here)[int(draw() * len(abroad if foreign else here))]

        given = _given_names(sexe, year // 5)
        if not premier:
            premier = given[int(draw() * _GIVEN)]
            if kind == 1 and previous is not None and premier == previous[1]:
                premier = given[int(draw() * _GIVEN)]
        prenoms = premier
        for _ in range(int(draw() * 3.4)):  # none to three more
            prenom = given[int(draw() * _GIVEN)]
            if prenom not in prenoms:
                prenoms = f"{prenoms} {prenom}"
        previous = (nom, premier, sexe, naissance, year, month, lieu, foreign)

        # the matricule: births of this place in this month, counted
        code_month = month or _UNKNOWN_MONTHS[int(draw() * len(_UNKNOWN_MONTHS))]
        yy = year % 100
        while True:
            cell = ((yy * 128 + code_month) * 1_048_583 + int(lieu, 16)) % _COUNTERS  # 16: Corsica has letters
            count = counters[cell]
            if count < 999:
                break
            lieu = (abroad if foreign else here)[int(draw() * len(abroad if foreign else here))]
        counters[cell] = count + 1
        order = (count * _STEP + cell) % 999 + 1
        stem = f"{yy:02d}{code_month:02d}{lieu}{order:03d}"
        digit = "1" if sexe == "M" else "2"
        numero = digit + stem
        debut: date | None = None
        historique: tuple[Ancien, ...] = ()
        if foreign:
            waiting = draw()
            if waiting < _STILL_NIA:
                numero = ("7" if sexe == "M" else "8") + stem
            elif waiting < _STILL_NIA + _WAS_NIA:
                nia = ("7" if sexe == "M" else "8") + stem
                debut = date(min(on.year - 1, year + 2 + int(draw() * 30)), 1 + int(draw() * 12), 1)
                arrival = date(max(year, debut.year - 2), debut.month, 1)
                historique = (Ancien(nia, cle_nir(nia), OID, arrival, debut),)
        elif draw() < _CORRECTED:
            old = ("2" if digit == "1" else "1") + stem
            debut = date(min(on.year - 1, year + 1 + int(draw() * 40)), 1 + int(draw() * 12), 1)
            historique = (Ancien(old, cle_nir(old), OID, None, debut),)
        yield Personne(rang, nom, prenoms, sexe, naissance, lieu, numero, cle_nir(numero), OID, debut, historique)
