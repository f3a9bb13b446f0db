"""What someone asks of the directory, understood."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profession:
    """A profession: its code (TRE_G15) and its name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Specialty:
    """A specialty: the codes of the know-hows (savoir-faire) that it may be, and the name of one of them."""

    codes: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Words:
    """What was typed, before towns are known: the profession and the specialty found, what is left, the postcode, what may be a
    town.

    left        words that are neither profession nor postcode, in order, articles with them
    candidates  runs of them that may be the name of a town, the likeliest first
    announced   those that a word announces as a place (“à Lyon”)
    """

    profession: Profession | None
    postal: str
    left: tuple[str, ...]
    candidates: tuple[tuple[str, ...], ...]
    announced: frozenset[tuple[str, ...]] = frozenset()
    specialty: Specialty | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a name (words), a profession, a specialty, a town or a postcode; any may be missing.

    full  the name with the articles that were typed, which may be its own (Le Roux) or say nothing (le docteur Roux)
    """

    name: str = ""
    profession: Profession | None = None
    town: str = ""
    postal: str = ""
    full: str = ""
    specialty: Specialty | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked that a search can use."""
        return not (self.name or self.profession or self.specialty or self.town or self.postal)
