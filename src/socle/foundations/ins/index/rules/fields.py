"""How the other fields agree: dates, sex, places, ways to reach someone, numbers. "" when a record does not say."""

from socle.foundations.ins.index.model import Birth, Identifier, Portrait
from socle.foundations.ins.index.rules.alike import is_close, likeness


def born(a: Portrait, b: Portrait) -> str:
    """Dates of birth: "same", "swapped" (day and month), "slip" (one digit, or two swapped), "month", "year", "differs".

    "most": two of day, month and year agree, and the third is another one (the key beside on a calendar, December for
    January).

    A lunar date says what it knows: "month" when year and month agree and a day is not known, "year" likewise. The dates
    that stand for unknown ones (1 January, 31 December, first of the month: RNIV EXI PP 19) are read as such beside a
    date whose day is known otherwise.
    """
    left, right = a.born, b.born
    if left is None or right is None:
        return ""
    if left == right:
        return "same" if left.is_complete else "month" if left.month else "year"
    return _dates(left, right)


def _dates(left: Birth, right: Birth) -> str:
    if left.year == right.year:
        if not left.month or not right.month:
            return "year"
        if left.month == right.month and (not left.day or not right.day):
            return "month"
        if not (left.day and right.day):
            return "differs"
        if (left.month, left.day) == (right.day, right.month):
            return "swapped"
    one, other = str(left).replace("-", ""), str(right).replace("-", "")
    wrong = [place for place in range(8) if one[place] != other[place]]
    if len(wrong) == 1:
        return "slip"
    if len(wrong) == 2 and one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]]:
        return "slip"
    if left.year == right.year and {(1, 1), (12, 31)} & {left[1:], right[1:]}:
        return "year"
    return "most" if sum(x == y for x, y in zip(left, right, strict=True)) == 2 else "differs"


def sex(a: Portrait, b: Portrait) -> str:
    """Sexes: "same" or "differs"."""
    if not a.sex or not b.sex:
        return ""
    return "same" if a.sex == b.sex else "differs"


def place(a: Portrait, b: Portrait) -> str:
    """Birthplaces: "same" commune, "country" for the same country abroad, "near" for the same department, "differs"."""
    if not a.place or not b.place:
        return ""
    if a.place == b.place:
        return "country" if a.place.startswith("99") else "same"
    return "near" if a.place[:2] == b.place[:2] and not a.place.startswith("99") else "differs"


def home(a: Portrait, b: Portrait) -> str:
    """Where people live: "same" address, "town", "slip" (the same street, one digit of the postcode), "differs"."""
    if not a.postcode or not b.postcode:
        return ("same" if likeness(a.street, b.street) > 0.93 else "") if a.street and b.street else ""
    if a.postcode == b.postcode:
        return "same" if a.street and b.street and likeness(a.street, b.street) > 0.9 else "town"
    if a.street and b.street and is_close(a.postcode, b.postcode) and likeness(a.street, b.street) > 0.93:
        return "slip"
    return "differs"


def reach(a: Portrait, b: Portrait) -> str:
    """Telephone numbers and mail addresses: "same" when one is shared, "differs" when none is."""
    calls, mails = set(a.phones) & set(b.phones), set(a.mails) & set(b.mails)
    if calls or mails:
        return "same"
    return "differs" if (a.phones and b.phones) or (a.mails and b.mails) else ""


def number(a: Portrait, b: Portrait) -> str:
    """Other identifiers of a shared system: "same", "slip" of one character, "differs"."""
    return _numbers(a.numbers, b.numbers)


def _numbers(left: tuple[Identifier, ...], right: tuple[Identifier, ...]) -> str:
    shared = {one.system for one in left} & {one.system for one in right}
    pairs = [(x.value, y.value) for x in left for y in right if x.system == y.system and x.system in shared]
    if not pairs:
        return ""
    if any(x == y for x, y in pairs):
        return "same"
    return "slip" if any(is_close(x, y) for x, y in pairs) else "differs"


def town(a: Portrait, b: Portrait) -> str:
    """Names of towns: "same", "close", "differs"."""
    if not a.city or not b.city:
        return ""
    if a.city == b.city:
        return "same"
    return "close" if likeness(a.city, b.city) > 0.9 else "differs"
