"""The slips that are made when a French identity is typed, one function each, by the name that the truth column tells.

A slip takes the fields of a record and dice, changes the fields, and says whether it could: a person of one given name has
no second one to forget.
"""

from collections.abc import Callable, Sequence
from typing import Final

Fields = dict[str, str]
Slip = Callable[[Fields, Sequence[int]], bool]

# Keys beside each other on a French keyboard.
_BESIDE: Final = {
    "A": "ZQ", "Z": "AESQ", "E": "ZRD", "R": "ETF", "T": "RYG", "Y": "TUH", "U": "YIJ", "I": "UOK", "O": "IPL", "P": "OM",
    "Q": "ASW", "S": "QDZX", "D": "SFEC", "F": "DGRV", "G": "FHTB", "H": "GJYN", "J": "HKU", "K": "JLI", "L": "KMO", "M": "LP",
    "W": "QX", "X": "WCS", "C": "XVD", "V": "CBF", "B": "VNG", "N": "BH",
}  # fmt: skip
# Other ways of writing what is heard the same, tried in turn.
_HEARD: Final = (
    ("PH", "F"), ("EAU", "O"), ("AULT", "AUD"), ("AUX", "AUD"), ("AU", "O"), ("AIN", "IN"), ("QU", "K"), ("CK", "K"),
    ("TH", "T"), ("CH", "SH"), ("Y", "I"), ("SS", "S"), ("LL", "L"), ("NN", "N"), ("TT", "T"), ("RR", "R"), ("MM", "M"),
    ("AI", "E"), ("EI", "E"), ("OU", "OO"), ("GN", "NI"), ("S", "Z"), ("Z", "S"), ("C", "K"), ("K", "C"), ("E", "AI"),
    ("ET", "AIT"), ("AN", "EN"), ("EN", "AN"), ("I", "Y"), ("F", "PH"), ("O", "AU"), ("D", "DT"), ("T", "TT"),
    ("N", "NN"), ("L", "LL"), ("R", "RR"),
)  # fmt: skip
_SHORT: Final = {
    "CHRISTOPHE": "CHRIS", "ALEXANDRE": "ALEX", "BENJAMIN": "BEN", "CATHERINE": "CATHY", "NATHALIE": "NATH",
    "FREDERIC": "FRED", "NICOLAS": "NICO", "THOMAS": "TOM", "STEPHANIE": "STEPH", "VERONIQUE": "VERO", "ISABELLE": "ISA",
    "MOHAMED": "MOHAMMED", "FATIMA": "FATMA", "ELISABETH": "ELISE", "JACQUELINE": "JACKIE", "PHILIPPE": "PHIL",
    "LAURENCE": "LAURE", "SEBASTIEN": "SEB", "AURELIE": "AURELIA", "MARGUERITE": "MARGOT", "JOSEPHINE": "JOSE",
}  # fmt: skip


def _typo(text: str, dice: Sequence[int]) -> str:
    """One letter wrong, missing, doubled, or two exchanged; the first letter is seldom touched."""
    letters = [at for at, c in enumerate(text) if c.isalpha() and (at or dice[0] % 8 == 0)]
    if len(letters) < 2:
        return text
    at = letters[dice[1] % len(letters)]
    kind = dice[2] % 4
    if kind == 0:
        beside = _BESIDE[text[at]]
        return text[:at] + beside[dice[3] % len(beside)] + text[at + 1 :]
    if kind == 1 and len(text) > 3:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at] + text[at:]
    if at + 1 < len(text) and text[at + 1].isalpha():
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at] + text[at:]


def _heard(text: str, dice: Sequence[int]) -> str:
    """The same sound, written otherwise."""
    possible = [(a, b) for a, b in _HEARD if a in text[1:]]
    if not possible:
        return text
    a, b = possible[dice[0] % len(possible)]
    at = text.index(a, 1)
    return text[:at] + b + text[at + len(a) :]


def _put(fields: Fields, field: str, value: str) -> bool:
    if not value or value == fields[field]:
        return False
    fields[field] = value
    return True


def name_typo(fields: Fields, dice: Sequence[int]) -> bool:
    """A typing slip in the birth name."""
    return _put(fields, "nom_naissance", _typo(fields["nom_naissance"], dice))


def given_typo(fields: Fields, dice: Sequence[int]) -> bool:
    """A typing slip in the first given name."""
    first, *rest = fields["prenoms"].split(" ")
    return _put(fields, "prenoms", " ".join([_typo(first, dice), *rest]))


def name_heard(fields: Fields, dice: Sequence[int]) -> bool:
    """The birth name as it is heard."""
    return _put(fields, "nom_naissance", _heard(fields["nom_naissance"], dice))


def given_heard(fields: Fields, dice: Sequence[int]) -> bool:
    """The first given name as it is heard."""
    first, *rest = fields["prenoms"].split(" ")
    return _put(fields, "prenoms", " ".join([_heard(first, dice), *rest]))


def day_month(fields: Fields, dice: Sequence[int]) -> bool:
    """Day and month exchanged."""
    year, month, day = fields["date_naissance"].split("-")
    return "00" < day <= "12" and day != month and _put(fields, "date_naissance", f"{year}-{day}-{month}")


def date_digit(fields: Fields, dice: Sequence[int]) -> bool:
    """One digit of the birth date wrong; the date stays one of the calendar."""
    year, month, day = fields["date_naissance"].split("-")
    if "00" in (month, day):
        return False
    kind = dice[0] % 3
    if kind == 0:
        near = int(year) + (1, -1, 10, -10)[dice[1] % 4]
        return 1900 <= near <= 2025 and _put(fields, "date_naissance", f"{near}-{month}-{min(int(day), 28):02d}")
    if kind == 1:
        return _put(fields, "date_naissance", f"{year}-{1 + dice[1] % 12:02d}-{min(int(day), 28):02d}")
    return _put(fields, "date_naissance", f"{year}-{month}-{1 + dice[1] % 28:02d}")


def date_unknown(fields: Fields, dice: Sequence[int]) -> bool:
    """Day, or day and month, not known."""
    year, month, _ = fields["date_naissance"].split("-")
    return _put(fields, "date_naissance", f"{year}-00-00" if dice[0] % 2 else f"{year}-{month}-00")


def exchanged(fields: Fields, dice: Sequence[int]) -> bool:
    """Name and given names in each other's field."""
    fields["nom_naissance"], fields["prenoms"] = fields["prenoms"].split(" ")[0], fields["nom_naissance"]
    return True


def second_names_missing(fields: Fields, dice: Sequence[int]) -> bool:
    """Only the first given name."""
    return _put(fields, "prenoms", fields["prenoms"].split(" ")[0])


def names_order(fields: Fields, dice: Sequence[int]) -> bool:
    """The given names in another order."""
    first, *rest = fields["prenoms"].split(" ")
    return bool(rest) and _put(fields, "prenoms", " ".join([*rest, first]))


def compound_given(fields: Fields, dice: Sequence[int]) -> bool:
    """A compound given name cut, glued, or with a blank."""
    first, *rest = fields["prenoms"].split(" ")
    if "-" not in first:
        return False
    made = (first.split("-")[0], first.replace("-", ""), first.replace("-", " "))[dice[0] % 3]
    return _put(fields, "prenoms", " ".join([made, *rest]))


def compound_name(fields: Fields, dice: Sequence[int]) -> bool:
    """A double or long name cut to one part, with a blank, or glued."""
    name = fields["nom_naissance"]
    sign = "--" if "--" in name else "-" if "-" in name else " " if " " in name else "'" if "'" in name else ""
    if not sign:
        return False
    parts = name.split(sign)
    made = (parts[0], parts[-1], sign.join(reversed(parts)), " ".join(parts), "".join(parts))
    return _put(fields, "nom_naissance", made[dice[0] % 5] if len(parts[0]) > 2 else "".join(parts))


def married_name(fields: Fields, dice: Sequence[int]) -> bool:
    """The name in use typed as the birth name."""
    return fields["sexe"] == "F" and _put(fields, "nom_naissance", fields["nom_utilise"])


def married_double(fields: Fields, dice: Sequence[int]) -> bool:
    """Birth name and name in use typed together as the birth name."""
    used, name = fields["nom_utilise"], fields["nom_naissance"]
    return fields["sexe"] == "F" and used != name and _put(fields, "nom_naissance", f"{name} {used}")


def short_given(fields: Fields, dice: Sequence[int]) -> bool:
    """The given name by which the person is called."""
    first, *rest = fields["prenoms"].split(" ")
    return first in _SHORT and _put(fields, "prenoms", " ".join([_SHORT[first], *rest]))


def second_as_first(fields: Fields, dice: Sequence[int]) -> bool:
    """The second given name alone: the one by which the person is called."""
    names = fields["prenoms"].split(" ")
    return len(names) > 1 and _put(fields, "prenoms", names[1])


def wrong_sex(fields: Fields, dice: Sequence[int]) -> bool:
    """The other sex."""
    return _put(fields, "sexe", "M" if fields["sexe"] == "F" else "F")


def place_missing(fields: Fields, dice: Sequence[int]) -> bool:
    """The birthplace not known."""
    return _put(fields, "lieu_naissance", "99999")


def place_wrong(fields: Fields, dice: Sequence[int]) -> bool:
    """The commune of today's address, or one digit wrong, as the birthplace."""
    code = fields["lieu_naissance"]
    return not code.startswith("99") and _put(
        fields, "lieu_naissance", f"{code[:4]}{(int(code[4]) + 1 + dice[0] % 8) % 10}"
    )


def moved(fields: Fields, dice: Sequence[int]) -> bool:
    """Another address and another phone."""
    fields["telephone"] = f"063998{dice[0] % 10_000:04d}"
    return _put(fields, "code_postal", f"{1 + dice[1] % 95:02d}{dice[2] % 10}00")


SLIPS: Final[tuple[tuple[str, Slip, int], ...]] = (  # name, what it does, how often (parts)
    ("nom-frappe", name_typo, 12),
    ("prenom-frappe", given_typo, 10),
    ("nom-entendu", name_heard, 10),
    ("prenom-entendu", given_heard, 8),
    ("jour-mois", day_month, 7),
    ("date-chiffre", date_digit, 8),
    ("date-inconnue", date_unknown, 2),
    ("nom-prenom-inverses", exchanged, 4),
    ("prenoms-manquants", second_names_missing, 14),
    ("prenoms-ordre", names_order, 3),
    ("prenom-compose", compound_given, 6),
    ("nom-compose", compound_name, 6),
    ("nom-marital", married_name, 8),
    ("nom-double", married_double, 3),
    ("prenom-court", short_given, 3),
    ("prenom-second", second_as_first, 3),
    ("sexe", wrong_sex, 2),
    ("lieu-manquant", place_missing, 5),
    ("lieu-faux", place_wrong, 4),
    ("coordonnees", moved, 10),
)
