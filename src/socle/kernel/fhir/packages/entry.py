"""What a resource of a package is: the few members by which it is found, read without making the rest."""

from pathlib import Path
from typing import Final

import msgspec

from socle.kernel.fhir.packages.archive import RULE, printable
from socle.kernel.outcome import Kind, Problem

NOT_RESOURCES: Final = frozenset({"package.json", ".index.json"})


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A resource as lists show it; members that it does not have are "".

    type        the type that a StructureDefinition constrains or defines; the code of others is not kept
    derivation  "specialization" or "constraint", of a StructureDefinition
    snapshot    whether it carries its snapshot
    """

    resourceType: str
    url: str = ""
    version: str = ""
    id: str = ""
    kind: str = ""
    type: str = ""
    derivation: str = ""
    base: str = ""
    name: str = ""
    title: str = ""
    status: str = ""
    snapshot: bool = False

    @property
    def canonical(self) -> str:
        """`url|version`, or what it has of it."""
        return f"{self.url}|{self.version}" if self.version else self.url


class _Snapshot(msgspec.Struct):
    """Its presence only."""


class _Any(msgspec.Struct):
    resourceType: str = ""
    url: str = ""
    version: str = ""
    id: str = ""
    kind: msgspec.Raw = msgspec.Raw(b"")
    type: msgspec.Raw = msgspec.Raw(b"")  # a code in some resources, a CodeableConcept in others
    derivation: str = ""
    baseDefinition: str = ""
    name: msgspec.Raw = msgspec.Raw(b"")  # a list of HumanName, in a person
    title: msgspec.Raw = msgspec.Raw(b"")
    status: msgspec.Raw = msgspec.Raw(b"")
    snapshot: _Snapshot | None = None


_decode = msgspec.json.Decoder(_Any).decode
_text = msgspec.json.Decoder(str).decode


def entry_of(data: bytes, path: Path, member: str) -> Entry | None:
    """What the resource of a member is, None when it is JSON without a resourceType (an index, a settings file).

    Raises: Problem(MALFORMED) naming the member that is no JSON object.
    """
    try:
        found = _decode(data.removeprefix(b"\xef\xbb\xbf"))
        texts = [_short(raw) for raw in (found.kind, found.type, found.name, found.title, found.status)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem.of(
            Kind.MALFORMED,
            f"{path.name} : « {printable(member)} » n'est pas une ressource JSON lisible ({printable(str(error))}). "
            "Rien n'a été installé.",
            f"{path.name}: “{printable(member)}” is no readable JSON resource ({printable(str(error))}). "
            "Nothing was installed.",
            rule=RULE,
        ) from error
    if not found.resourceType:
        return None
    kind, type_, name, title, status = texts
    return Entry(
        found.resourceType,
        found.url.replace("\0", ""),
        found.version.replace("\0", ""),
        found.id.replace("\0", ""),
        kind,
        type_,
        found.derivation,
        found.baseDefinition.replace("\0", ""),
        name,
        title,
        status,
        found.snapshot is not None,
    )


def _short(raw: msgspec.Raw) -> str:
    """A member when it is a text, else ""."""
    data = bytes(raw)
    return _text(data).replace("\0", "") if data[:1] == b'"' else ""
