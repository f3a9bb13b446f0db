"""One measure of beds or places. Source: IG ROR, extension ror-location-supported-capacity."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StatutCapacite(StrEnum):
    """What the beds counted are. Source: TRE_R330-TypeStatutCapacite."""

    INSTALLE = "01"
    DISPONIBLE = "02"
    OCCUPE = "03"
    RESERVE = "04"
    FERME = "05"
    SUPPLEMENTAIRE = "06"


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted: two measures with the same indicator are two values of one thing. "" where nothing is said.

    Source: the PATCH documentation names these seven criteria.
    """

    status: str
    temporality: str = ""
    gender: str = ""
    closing: str = ""
    additional: str = ""
    crisis: str = ""
    assignment: str = ""


@dataclass(frozen=True, slots=True)
class Capacity:
    """A measure: how many beds (or places) of an indicator, since when.

    kind    "01" beds, "02" places (TRE_R329)
    source  "" or where the number comes from (TRE_R335)
    """

    indicator: Indicator
    kind: str
    number: int
    updated: datetime
    source: str = ""

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("a capacity is never below zero")
