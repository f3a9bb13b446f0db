"""What a record says of a person, as it is compared: spelled plainly, nothing judged.

A portrait is built from whatever a structure sends (FHIR, HL7 v2, a file): unlike the strict traits of the identity desk,
nothing is refused here, because what is compared is what others wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from socle.foundations.ins.index.model.spelling import digits, plain


class Birth(NamedTuple):
    """A date of birth; month and day are 0 when they are not known (date lunaire)."""

    year: int
    month: int = 0
    day: int = 0

    @classmethod
    def parse(cls, text: str) -> "Birth | None":
        """The date in YYYY, YYYY-MM, YYYY-MM-DD or YYYYMMDD; None when it is none (an index compares what it can)."""
        bare = text.strip().replace("-", "")
        if not (bare.isascii() and bare.isdigit() and len(bare) in (4, 6, 8)):
            return None
        year, month, day = int(bare[:4]), int(bare[4:6] or 0), int(bare[6:8] or 0)
        if year == 0 or month > 12 or day > 31:
            return None
        return cls(year, month, day)

    @property
    def is_complete(self) -> bool:
        """Whether day and month are known."""
        return self.month > 0 and self.day > 0

    @property
    def spoken(self) -> str:
        """As people write it: 09/03/1961, or what is known of it: 03/1961, 1961."""
        known = [f"{part:02d}" for part in (self.day, self.month) if part]
        return "/".join([*known, f"{self.year:04d}"])

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


class Identifier(NamedTuple):
    """An identifier with the system that gives it its meaning ("urn:oid:1.2.250.1.213.1.4.8")."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """A person as one record draws them. Build with `Portrait.of`.

    family, usual_family   birth name and name in use, in capitals without marks, words separated by one space
    given                  birth given names in order
    usual_given            given name in use
    sex                    "M", "F" or "" (unknown, undetermined)
    born                   date of birth, perhaps incomplete
    place                  INSEE code of the birthplace, "" when it is not known
    street, postcode, city where the person lives
    phones, mails          as they are compared: nine last digits; lower case
    ins, former_ins        qualified INS in force, and those carried before
    numbers                other national identifiers that a configuration may compare
    rank                   rank in a multiple birth, 0 when it is not said
    """

    family: str = ""
    usual_family: str = ""
    given: tuple[str, ...] = ()
    usual_given: str = ""
    sex: str = ""
    born: Birth | None = None
    place: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    phones: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    ins: Identifier | None = None
    former_ins: tuple[Identifier, ...] = ()
    numbers: tuple[Identifier, ...] = ()
    rank: int = 0

    @classmethod
    def of(
        cls,
        *,
        family: str = "",
        given: str | Sequence[str] = (),
        usual_family: str = "",
        usual_given: str = "",
        sex: str = "",
        born: str = "",
        place: str = "",
        street: str = "",
        postcode: str = "",
        city: str = "",
        phones: Sequence[str] = (),
        mails: Sequence[str] = (),
        ins: Identifier | None = None,
        former_ins: Sequence[Identifier] = (),
        numbers: Sequence[Identifier] = (),
        rank: int = 0,
    ) -> "Portrait":
        """A portrait from what people type and systems send: case, marks and punctuation do not count.

        given  a list, or names separated by spaces (a hyphen keeps a compound name together)
        sex    M, F, or the codes of FHIR; anything else is unknown
        place  99999 (not known) counts as nothing
        """
        names = given.split() if isinstance(given, str) else given
        spelled = tuple(name for name in (plain(one) for one in names) if name)
        calls = dict.fromkeys(digits(one)[-9:] for one in phones)
        return cls(
            plain(family),
            plain(usual_family),
            spelled,
            plain(usual_given),
            _SEXES.get(sex.strip().lower(), ""),
            Birth.parse(born),
            "" if place in ("99999", "99") else place.strip().upper(),
            plain(street),
            postcode.strip().upper(),
            plain(city),
            tuple(call for call in calls if len(call) >= 6),
            tuple(dict.fromkeys(mail.strip().lower() for mail in mails if "@" in mail)),
            ins,
            tuple(former_ins),
            tuple(numbers),
            rank,
        )

    @property
    def birth(self) -> str:
        """The date of birth as people write it, "" when it is not known."""
        return self.born.spoken if self.born else ""

    @property
    def first(self) -> str:
        """The first birth given name, "" when there is none."""
        return self.given[0] if self.given else ""

    def dump(self) -> list[Any]:
        """As plain lists, in order: what the store keeps."""
        return [
            self.family,
            self.usual_family,
            self.given,
            self.usual_given,
            self.sex,
            self.born and list(self.born),
            self.place,
            self.street,
            self.postcode,
            self.city,
            self.phones,
            self.mails,
            self.ins and list(self.ins),
            [list(one) for one in self.former_ins],
            [list(one) for one in self.numbers],
            self.rank,
        ]

    @classmethod
    def load(cls, kept: Sequence[Any]) -> "Portrait":
        """What `dump` gave."""
        return cls(
            kept[0],
            kept[1],
            tuple(kept[2]),
            kept[3],
            kept[4],
            Birth(*kept[5]) if kept[5] else None,
            kept[6],
            kept[7],
            kept[8],
            kept[9],
            tuple(kept[10]),
            tuple(kept[11]),
            Identifier(*kept[12]) if kept[12] else None,
            tuple(Identifier(*one) for one in kept[13]),
            tuple(Identifier(*one) for one in kept[14]),
            kept[15],
        )


_SEXES = {"m": "M", "male": "M", "h": "M", "1": "M", "f": "F", "female": "F", "2": "F"}
