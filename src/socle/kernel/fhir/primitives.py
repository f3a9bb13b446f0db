"""Is this JSON value a legal FHIR primitive? One function per type: None when it is, else the reason.

The regular expressions are ours: each is linear in the length of the text (some of the specification's are not), and
dates must exist. Source: FHIR R4 datatypes.html#primitive.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from socle.kernel.fhir.faults import Reason

LONGEST_STRING = 1_048_576  # characters; the specification's limit
_INT_MAX = 2**31 - 1
_LARGEST_EXPONENT = 300
_LARGEST = 10**_LARGEST_EXPONENT


def _structure(fr: str, en: str) -> Reason:
    return Reason("structure", fr, en)


def _value(fr: str, en: str) -> Reason:
    return Reason("value", fr, en)


NOT_A_STRING: Final = _structure("écrivez une chaîne JSON, entre guillemets", "write a JSON string, between quotes")
_NOT_A_BOOLEAN: Final = _structure("écrivez true ou false, sans guillemets", "write true or false, without quotes")
_NOT_A_NUMBER: Final = _structure("écrivez un nombre JSON, sans guillemets", "write a JSON number, without quotes")
_NOT_AN_INTEGER: Final = _structure(
    "écrivez un nombre entier, sans guillemets ni décimales", "write a whole number, without quotes or decimals"
)
_EMPTY: Final = _value(
    "une chaîne vide n'est pas permise ; retirez l'élément", "empty strings are not allowed; leave it out"
)
_TOO_LONG: Final = _value("une chaîne tient en 1 048 576 caractères", "a string holds at most 1,048,576 characters")
_CONTROL: Final = _value(
    "seuls les caractères de contrôle tabulation, retour et saut de ligne sont permis",
    "the only control characters allowed are tab, carriage return and line feed",
)
_SPACE: Final = _value("les espaces ne sont pas permises ici", "spaces are not allowed here")
_BAD_CODE: Final = _value(
    "un code n'a ni espace au début ou à la fin, ni deux espaces de suite",
    "a code has no space at its start or end, nor two spaces in a row",
)
_BAD_ID: Final = _value(
    "écrivez de 1 à 64 lettres sans accent, chiffres, tirets ou points",
    "write 1 to 64 unaccented letters, digits, hyphens or dots",
)
_BAD_OID: Final = _value("écrivez urn:oid:1.2.3…", "write urn:oid:1.2.3…")
_BAD_UUID: Final = _value(
    "écrivez urn:uuid: puis 32 chiffres hexadécimaux minuscules groupés en 8-4-4-4-12",
    "write urn:uuid: then 32 lower-case hexadecimal digits grouped 8-4-4-4-12",
)
_BAD_BASE64: Final = _value("le contenu n'est pas du base64", "the content is not base64")
_BAD_DATE: Final = _value(
    "cette date n'existe pas ou n'est pas écrite AAAA, AAAA-MM ou AAAA-MM-JJ",
    "this date does not exist or is not written YYYY, YYYY-MM or YYYY-MM-DD",
)
_BAD_DATE_TIME: Final = _value(
    "cette date n'existe pas ou n'est pas écrite AAAA, AAAA-MM, AAAA-MM-JJ ou AAAA-MM-JJThh:mm:ss+hh:mm (ou Z)",
    "this date does not exist or is not written YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+hh:mm (or Z)",
)
_BAD_INSTANT: Final = _value(
    "cet instant n'existe pas ou n'est pas écrit AAAA-MM-JJThh:mm:ss.sss+hh:mm (ou Z)",
    "this instant does not exist or is not written YYYY-MM-DDThh:mm:ss.sss+hh:mm (or Z)",
)
_BAD_TIME: Final = _value("écrivez hh:mm:ss, de 00:00:00 à 23:59:59", "write hh:mm:ss, from 00:00:00 to 23:59:59")
_OUT_OF_RANGE: Final = _value(
    "un entier va de -2 147 483 648 à 2 147 483 647", "an integer goes from -2,147,483,648 to 2,147,483,647"
)
_NOT_UNSIGNED: Final = _value("écrivez un entier de 0 à 2 147 483 647", "write an integer from 0 to 2,147,483,647")
_NOT_POSITIVE: Final = _value("écrivez un entier de 1 à 2 147 483 647", "write an integer from 1 to 2,147,483,647")
_BAD_DECIMAL: Final = _value(
    "écrivez un nombre dont l'exposant est entre -300 et 300",
    "write a number whose exponent is between -300 and 300",
)

_DAY = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_OFFSET = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_is_date = re.compile(r"(?!0000)[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?").fullmatch
_is_moment = re.compile(f"{_DAY}T{_CLOCK}{_OFFSET}").fullmatch
_is_time = re.compile(_CLOCK).fullmatch
is_id = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_is_oid = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
_is_uuid = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_is_base64 = re.compile(r"[A-Za-z0-9+/]*={0,2}").fullmatch
_has_control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]").search
_has_space = re.compile(r"[\x00-\x20]").search
_has_bad_space = re.compile(r"^\s|\s\s|\s\Z|[\x00-\x08\x0b\x0c\x0e-\x1f]").search
_SPACES = str.maketrans("", "", " \t\r\n")


def boolean(value: Any, _: object = None) -> Reason | None:
    """true or false."""
    return None if value is True or value is False else _NOT_A_BOOLEAN


def string(value: Any, _: object = None) -> Reason | None:
    """At least one character, at most 1 MB; also markdown."""
    if type(value) is not str:
        return NOT_A_STRING
    if value and len(value) <= LONGEST_STRING and (value.isprintable() or not _has_control(value)):
        return None
    return _TOO_LONG if len(value) > LONGEST_STRING else _CONTROL if value else _EMPTY


def code(value: Any, _: object = None) -> Reason | None:
    """No space at the ends, single spaces inside."""
    if type(value) is not str:
        return NOT_A_STRING
    if value and value.isprintable() and " " not in value:
        return None
    return _EMPTY if not value else _BAD_CODE if _has_bad_space(value) else None


def uri(value: Any, _: object = None) -> Reason | None:
    """No space; also url and canonical."""
    if type(value) is not str:
        return NOT_A_STRING
    if value and value.isprintable() and " " not in value:
        return None
    return _EMPTY if not value else _SPACE if _has_space(value) else None


def id_(value: Any, _: object = None) -> Reason | None:
    """1 to 64 letters, digits, - and ."""
    if type(value) is not str:
        return NOT_A_STRING
    return None if is_id(value) else _BAD_ID


def oid(value: Any, _: object = None) -> Reason | None:
    """urn:oid:…"""
    if type(value) is not str:
        return NOT_A_STRING
    return None if _is_oid(value) else _BAD_OID


def uuid(value: Any, _: object = None) -> Reason | None:
    """urn:uuid:…, lower case."""
    if type(value) is not str:
        return NOT_A_STRING
    return None if _is_uuid(value) else _BAD_UUID


def base64_binary(value: Any, _: object = None) -> Reason | None:
    """Base64 of RFC 4648, spaces and line feeds allowed."""
    if type(value) is not str:
        return NOT_A_STRING
    if not value:
        return _EMPTY
    if len(value) % 4 == 0 and _is_base64(value):
        return None
    packed = value.translate(_SPACES)
    return None if packed and len(packed) % 4 == 0 and _is_base64(packed) else _BAD_BASE64


def _exists(value: str) -> bool:
    """Whether the day at the start of a well-formed text is in the calendar."""
    if value[8:10] <= "28":
        return True
    try:
        date(int(value[:4]), int(value[5:7]), int(value[8:10]))
    except ValueError:
        return False
    return True


def date_(value: Any, _: object = None) -> Reason | None:
    """YYYY, YYYY-MM or YYYY-MM-DD."""
    if type(value) is not str:
        return NOT_A_STRING
    return None if _is_date(value) and _exists(value) else _BAD_DATE


def date_time(value: Any, _: object = None) -> Reason | None:
    """A date, or a day with a time to the second and an offset."""
    if type(value) is not str:
        return NOT_A_STRING
    if (_is_moment(value) if len(value) > 10 else _is_date(value)) and _exists(value):
        return None
    return _BAD_DATE_TIME


def instant(value: Any, _: object = None) -> Reason | None:
    """A day with a time to the second at least and an offset."""
    if type(value) is not str:
        return NOT_A_STRING
    return None if _is_moment(value) and _exists(value) else _BAD_INSTANT


def time(value: Any, _: object = None) -> Reason | None:
    """hh:mm:ss."""
    if type(value) is not str:
        return NOT_A_STRING
    return None if _is_time(value) else _BAD_TIME


def integer(value: Any, _: object = None) -> Reason | None:
    """32 bits, signed."""
    if type(value) is not int:
        return _NOT_AN_INTEGER
    return None if -_INT_MAX - 1 <= value <= _INT_MAX else _OUT_OF_RANGE


def unsigned_int(value: Any, _: object = None) -> Reason | None:
    """0 or more."""
    if type(value) is not int:
        return _NOT_AN_INTEGER
    return None if 0 <= value <= _INT_MAX else _NOT_UNSIGNED


def positive_int(value: Any, _: object = None) -> Reason | None:
    """1 or more."""
    if type(value) is not int:
        return _NOT_AN_INTEGER
    return None if 1 <= value <= _INT_MAX else _NOT_POSITIVE


def decimal(value: Any, _: object = None) -> Reason | None:
    """A JSON number with its digits (`json.parse` limits them); its size is bounded, so that arithmetic on it is."""
    if type(value) is int:
        return None if -_LARGEST < value < _LARGEST else _BAD_DECIMAL
    if type(value) is not Decimal:
        return _NOT_A_NUMBER
    return None if -_LARGEST_EXPONENT <= value.adjusted() <= _LARGEST_EXPONENT else _BAD_DECIMAL


Check = Callable[[Any, Any], Reason | None]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "boolean": boolean,
        "string": string,
        "markdown": string,
        "code": code,
        "uri": uri,
        "url": uri,
        "canonical": uri,
        "id": id_,
        "oid": oid,
        "uuid": uuid,
        "base64Binary": base64_binary,
        "date": date_,
        "dateTime": date_time,
        "instant": instant,
        "time": time,
        "integer": integer,
        "unsignedInt": unsigned_int,
        "positiveInt": positive_int,
        "decimal": decimal,
    }
)
