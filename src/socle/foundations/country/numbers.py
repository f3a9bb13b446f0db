"""Numbers that no register has given: right by their check digit, in ranges kept for tests, one for each rank.

RPPS    997 and a serial from 1,000,000 up: the range of the test cards, above the numbers that test cards carry.
FINESS  department 0B, which does not exist and which published test structures use, with other serials than theirs.
SIREN   a local public body's number is 2, its kind, then its department: no department has the number 00 or 96.
Phones  the ranges that the French numbering plan keeps for fiction (Arcep).
"""

from typing import Final

from socle.kernel.luhn import check_digit

_LETTERS: Final = {"A": "1", "B": "2"}
_PHONES: Final = {"11": "019900", "N": "035301", "O": "026191", "SE": "046571", "SO": "053649"}
_ZONES: Final = {  # regions by zone of the numbering plan
    "11": "11", "27": "N", "44": "N", "32": "N", "53": "O", "52": "O", "28": "O", "24": "O",
    "84": "SE", "93": "SE", "94": "SE", "75": "SO", "76": "SO",
}  # fmt: skip
MOBILE: Final = "063998"
PRACTITIONERS: Final = 9_000_000  # ranks that have an RPPS number
LEGAL_ENTITIES: Final = 180_000  # ranks that have a SIREN
ESTABLISHMENTS: Final = 500_000


def luhn(body: str) -> str:
    """The Luhn check digit of `body`; in FINESS numbers A counts as 1 and B as 2.

    Raises: ValueError when `body` has another character than digits, A and B.
    """
    return str(check_digit("".join(_LETTERS.get(letter, letter) for letter in body)))


def is_luhn(number: str) -> bool:
    """Whether the last character of `number` is the check digit of the rest."""
    return len(number) > 1 and number[-1].isdigit() and luhn(number[:-1]) == number[-1]


def rpps(rank: int) -> str:
    """The RPPS number of a rank from 0: 11 digits. Raises: ValueError past the range."""
    body = f"997{_within(rank, PRACTITIONERS) + 1_000_000:07d}"
    return body + luhn(body)


def finess_ej(rank: int) -> str:
    """The FINESS number of the legal entity of this rank."""
    body = f"0B{_within(rank, LEGAL_ENTITIES) + 200_000:06d}"
    return body + luhn(body)


def finess_et(rank: int) -> str:
    """The FINESS number of the geographic establishment of this rank."""
    body = f"0B{_within(rank, ESTABLISHMENTS) + 500_000:06d}"
    return body + luhn(body)


def siren(rank: int) -> str:
    """The SIREN of the legal entity of this rank: 9 digits."""
    kind, serial = divmod(_within(rank, LEGAL_ENTITIES), 20_000)
    department = "00" if serial < 10_000 else "96"
    body = f"2{kind + 1}{department}{serial % 10_000:04d}"
    return body + luhn(body)


def siret(siren: str, establishment: int) -> str:
    """The SIRET of the nth establishment (from 1) of a legal entity: 14 digits."""
    body = f"{siren}{establishment:04d}"
    return body + luhn(body)


def rpps_rang(rpps: str, rang: int = 1) -> str:
    """The identifier of the office that a professional founded: RPPS number and order, 14 digits."""
    return f"{rpps}{rang:03d}"


def phone(region: str, draw: int) -> str:
    """A number of the range for fiction of the region's zone; overseas regions, which have none, get the first."""
    return f"{_PHONES[_ZONES.get(region, '11')]}{draw % 10_000:04d}"


def mobile(draw: int) -> str:
    """A mobile number of the range for fiction."""
    return f"{MOBILE}{draw % 10_000:04d}"


def _within(rank: int, size: int) -> int:
    if not 0 <= rank < size:
        raise ValueError(f"rank {rank}: between 0 and {size - 1}")
    return rank
