"""Items made of the fields of a line: what is empty goes, what is missing is derived, coordinates go on the globe.

The key of a part tells it from the others of its owner, the same from one file to the next.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final

from socle.foundations.structures.formats.fields import NEVER, faults_of, remarks_of
from socle.foundations.structures.formats.item import Fault, Found, Item, Kind, Shape
from socle.foundations.structures.rules.places import commune_code, fits, grid_of, is_swapped, on_the_globe
from socle.kernel.outcome import Text

_CEDEX: Final = re.compile(r" CEDEX( [0-9]+)?$", re.ASCII)
_GRIDS: Final = "FINESS sourcecoordet ; EPSG"
_REQUIRED: Final = {
    Kind.EJ: ("nofiness", "rs", "departement"),
    Kind.ET: ("nofinesset", "nofinessej", "rs", "departement"),
    Kind.GEOLOCATION: ("nofinesset",),
    Kind.ACTIVITY: ("nofinesset", "nofinessej"),
    Kind.EQUIPMENT: ("nofinessej", "eml"),
    Kind.SOCIAL: ("nofinesset",),
    Kind.TRAINING: ("nofinesset", "de"),
    Kind.AGREEMENT: ("nofinesset",),
    Kind.OTHER_CARE: ("nofinesset", "nofinessej", "noautor"),
    Kind.RECOGNISED: ("nofinesset", "nofinessej", "noautor"),
    Kind.BY_MENTION: ("nofinessej", "activite", "noautorarhgos"),
}
# Read on the numbers of the open file of May 2026.
_NUMBERED: Final = {"9701": "9A", "9702": "9B", "9703": "9C", "9704": "9D", "9805": "9F"}
# What makes a part another one than its neighbours; the feeds give no identifier that is always there.
_KEYS: Final = {
    Kind.GEOLOCATION: (),
    Kind.ACTIVITY: (
        "activite",
        "modalite",
        "forme",
        "noautor",
        "noautorarhgos",
        "noimplarhgos",
        "noligautor",
        "sectpsy",
    ),
    Kind.EQUIPMENT: ("eml", "noautor", "noautorarhgos", "noimplarhgos", "numserie"),
    Kind.SOCIAL: ("de", "ta", "client", "sourceinfo"),
    Kind.TRAINING: ("de", "ta", "noautor"),
    Kind.AGREEMENT: ("noconv",),
    Kind.OTHER_CARE: ("noautor",),
    Kind.RECOGNISED: ("noautor",),
    Kind.BY_MENTION: ("activite", "modalite", "mention", "pts", "declaration", "noautorarhgos"),
}
# What FINESS+ says of the nature of an activity, the feed of its kind says by being that one.
_NATURES: Final = {Kind.OTHER_CARE: "AASA", Kind.RECOGNISED: "ASR", Kind.BY_MENTION: "AMM"}


def clean(values: Mapping[str, str]) -> dict[str, str]:
    """The fields that say something: no blanks around, no empty value, no date of the kind that means none."""
    said = {name: " ".join(value.split()) for name, value in values.items()}
    return {name: value for name, value in said.items() if value and not (name.startswith("date") and value == NEVER)}


def key_of(*parts: str) -> str:
    """A short key, the same for the same parts."""
    return blake2b("\x1f".join(parts).encode(), digest_size=6).hexdigest()


def made(shape: Shape, raw: Mapping[str, str], file: str, line: int, order: tuple[str, ...] = ()) -> Iterator[Found]:
    """The item of one line, its remarks before it; or its faults."""
    values = clean(raw)
    required = _REQUIRED[shape.kind]
    faults = faults_of(file, line, values, required, order)
    if faults:
        yield from faults
        return
    yield from remarks_of(file, line, values)
    facts: dict[str, Any] = dict(values)
    if shape.kind is Kind.GEOLOCATION:
        yield from located(shape, facts.pop("nofinesset"), facts, file, line)
        return
    if shape.kind in (Kind.EJ, Kind.ET):
        numero = facts.pop("nofiness" if shape.kind is Kind.EJ else "nofinesset")
        parent = facts.pop("nofinessej", "") if shape.kind is Kind.ET else ""
        place(facts)
        yield Item(shape, numero, facts, line, parent)
        return
    if shape.kind in _NATURES:
        facts["nature"] = _NATURES[shape.kind]
    owner = facts.pop("nofinesset", "") or facts["nofinessej"]
    key = key_of(*(values.get(name, "") for name in _KEYS[shape.kind]))
    yield Item(shape, owner, facts, line, key=key)


def place(facts: dict[str, Any]) -> None:
    """Complete a place with the postcode, the commune's code and the town, where the file does not give them."""
    line = facts.get("ligneacheminement", "")
    facts.setdefault("cog", commune_code(facts.get("departement", ""), facts.pop("commune", "")))
    if line[:5].isdigit() and line[5:6] == " ":
        facts.setdefault("codepostal", line[:5])
        facts.setdefault("libcommune", _CEDEX.sub("", line[6:]))
    for name in ("cog", "codepostal", "libcommune"):
        if not facts.get(name):
            facts.pop(name, None)


def located(shape: Shape, numero: str, facts: dict[str, Any], file: str, line: int) -> Iterator[Found]:
    """A geolocation on the globe. (0, 0) means none; the department is that of the number, unless the source says a grid."""
    x, y = float(facts.get("coordxet", 0)), float(facts.get("coordyet", 0))
    if x == 0 and y == 0:
        return
    grid = grid_of(str(facts.get("sourcecoordet", "")), _departement(numero))
    if is_swapped(grid, x, y):
        yield Fault(
            file,
            line,
            "coordxet",
            _GRIDS,
            Text(
                f"x = {x} et y = {y} sont donnés l'un pour l'autre : ils ont été remis dans l'ordre.",
                f"x = {x} and y = {y} were given one for the other: they were put back in order.",
            ),
            severe=False,
        )
        x, y = y, x
    if not fits(grid, x, y):
        yield Fault(
            file,
            line,
            "coordxet",
            _GRIDS,
            Text(
                f"Le point ({x}, {y}) est hors du territoire de sa projection (EPSG {grid}) : l'établissement est gardé "
                "sans position.",
                f"The point ({x}, {y}) is outside the territory of its projection (EPSG {grid}): the establishment is "
                "kept without a position.",
            ),
            severe=False,
        )
        return
    [(lat, lon)] = on_the_globe(grid, [(x, y)])
    facts |= {"lat": lat, "lon": lon, "grid": grid}
    yield Item(shape, numero, facts, line)


def _departement(numero: str) -> str:
    """The department as the FINESS writes it, from the beginning of a number: 9701… is Guadeloupe's 9A."""
    return _NUMBERED.get(numero[:4], numero[:2])
