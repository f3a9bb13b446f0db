"""One concept as it is at hand, and the version of a code system that it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

WHOLE: Final = frozenset({"complete"})  # contents from which a missing code can be called unknown


@dataclass(frozen=True, slots=True)
class Name:
    """A designation. `use` is "system|code" of its use, "" when none is said."""

    value: str
    language: str = ""
    use: str = ""
    use_display: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a property, written as in FHIR (a Coding as "system|code"); `type` is the suffix of value[x]."""

    code: str
    value: str
    type: str = "string"


@dataclass(frozen=True, slots=True)
class Entry:
    """A concept of one edition.

    rank       its place in the edition
    parents    codes of its direct broader concepts
    ancestors  ranks of all its broader concepts, itself not among them
    """

    edition: int
    rank: int
    code: str
    display: str = ""
    inactive: bool = False
    abstract: bool = False
    definition: str = ""
    parents: tuple[str, ...] = ()
    ancestors: tuple[int, ...] = ()
    names: tuple[Name, ...] = ()
    values: tuple[Value, ...] = ()

    @property
    def status(self) -> str:
        """Its status in its system: active, experimental, deprecated, retired…; "" when not said."""
        for one in self.values:
            if one.code == "status":
                return one.value
        return ""

    def is_below(self, anchor: "Entry") -> bool:
        """Whether it is a narrower concept of `anchor`, not the same."""
        return anchor.rank in self.ancestors

    def is_a(self, anchor: "Entry") -> bool:
        """Whether it is `anchor`, or narrower."""
        return self.rank == anchor.rank or anchor.rank in self.ancestors


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a code system.

    id          its number where concepts are kept; below 0 for what is known by rule or with FHIR itself
    url         the canonical URL under which it is published
    content     CodeSystem.content: complete, fragment, example, not-present, supplement
    meaning     CodeSystem.hierarchyMeaning, "" when not said
    value_set   canonical of the value set of all its codes, "" when none is said
    supplements canonical of the code system that it completes, "" when it is one of its own
    resource    id of its CodeSystem resource, "" when there is none
    family      the same for all the URLs and versions that name one system
    properties  declared properties: code → (type, URI or "")
    standing    its standards status (draft, deprecated, withdrawn…), "" when not said
    """

    id: int
    url: str
    version: str = ""
    name: str = ""
    title: str = ""
    status: str = "active"
    content: str = "complete"
    case_sensitive: bool = True
    meaning: str = ""
    language: str = ""
    value_set: str = ""
    supplements: str = ""
    resource: str = ""
    total: int = 0
    experimental: bool = False
    family: str = ""
    properties: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    standing: str = ""

    @property
    def timeless(self) -> bool:
        """Whether it is a grammar, the same under any version that one may name."""
        return -10 < self.id < 0

    @property
    def canonical(self) -> str:
        """ "url|version", or the URL alone."""
        return f"{self.url}|{self.version}" if self.version else self.url

    def compared(self, code: str) -> str:
        """A code as codes of this system are compared."""
        return code if self.case_sensitive else code.casefold()
