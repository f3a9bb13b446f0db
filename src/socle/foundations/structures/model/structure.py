"""Structures and what is attached to them. Facts keep the names that the FINESS gives them (its XML feeds, V4.1).

Besides those names, a structure has `cog` (the commune's five-character code), a geolocation `lat` and `lon` (WGS 84).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, Final

from socle.foundations.structures.model.numero import Nature

Json = dict[str, Any]


class PartKind(IntEnum):
    """What may be attached to a structure."""

    GEOLOCATION = 3
    ACTIVITY = 4  # care activity, authorised
    EQUIPMENT = 5  # heavy medical equipment (EML)
    SOCIAL = 6  # social and medico-social equipment, and other regulated activities
    TRAINING = 7  # what a training institution is authorised to teach
    AGREEMENT = 8  # with whom an establishment has an agreement
    OTHER_CARE = 9  # other care activities (AASA)
    RECOGNISED = 10  # activities subject to recognition (ASR)
    BY_MENTION = 11  # care authorised by modality and mention (AMM)
    GROUP = 12  # a group (gco, gcc) that it is of, and as what


CARE: Final = frozenset({PartKind.ACTIVITY, PartKind.OTHER_CARE, PartKind.RECOGNISED, PartKind.BY_MENTION})


@dataclass(frozen=True, slots=True)
class Part:
    """Something attached to a structure; `key` tells it from the others of its kind and owner."""

    kind: PartKind
    owner: str
    key: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Structure:
    """A legal entity or an establishment as the register knows it.

    parent  of an establishment: the number of its legal entity, whether or not that one has come
    gone    since when it is no longer in the complete files; None while it is
    """

    numero: str
    nature: Nature
    parent: str
    facts: Mapping[str, Any]
    gone: date | None = None

    @property
    def name(self) -> str:
        """The long name when there is one."""
        return str(self.facts.get("rslongue") or self.facts.get("rs") or self.numero)

    @property
    def closed(self) -> date | None:
        """Since when it is closed: as the FINESS dates it, else since it went from the complete files."""
        said = self.facts.get("datefermeture")
        return date.fromisoformat(said) if said else self.gone

    def is_open(self, on: date) -> bool:
        """Whether it is open on a day."""
        closed = self.closed
        return closed is None or closed > on


@dataclass(frozen=True, slots=True)
class Group:
    """A group that a structure is of, or is itself: what is said of it, as what its members are in it, and how many they are.

    facts    of a membership: `nom`, `numero` (of a group that is a legal person), `type`
    role     as what the structure of the card is in it; "" when it is the group
    members  the first ones, each with its role
    """

    facts: Mapping[str, Any]
    role: str
    members: tuple[tuple[Structure, str], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Fiche:
    """All that a card shows: a structure, its parts, its legal entity, its establishments (of an entity), its groups."""

    structure: Structure
    parts: tuple[Part, ...]
    entity: Structure | None
    establishments: tuple[Structure, ...]
    siblings: int = 0
    groups: tuple[Group, ...] = ()


# Columns of capacities of social equipment -> parts of the extension as-ext-supported-capacity.
CAPACITIES: Final = {
    "capautot": "capacityAvailable",
    "capautf": "femaleCapacityAvailable",
    "capautm": "maleCapacityAvailable",
    "capauthab": "socialAssistanceCapacityAvailable",
    "capinstot": "installedCapacity",
    "capinstf": "femaleInstalledCapacity",
    "capinstm": "maleInstalledCapacity",
    "capinsthab": "socialAssistanceInstalledCapacity",
}
