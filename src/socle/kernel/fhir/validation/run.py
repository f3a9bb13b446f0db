"""One validation under way: what it may ask, what it has asked, where it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from socle.kernel.fhir.fhirpath import Environment, Item
from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion, Codes, Library
from socle.kernel.fhir.validation.findings import R4, Findings, serious
from socle.kernel.fhir.validation.tree import Node
from socle.kernel.fhir.validation.values import objects

Json = dict[str, Any]

DEEPEST = 60  # profiles and resources within each other: beyond, what is there is not gone into
BUDGET = 1_000_000  # items that the expressions of one resource may go through
BUDGET_OF_ALL = 5_000_000  # and those of everything validated at once

# (value, companion: the extensions of a primitive, run) → what is wrong
ItemCheck = Callable[[Any, Json | None, "Run"], Findings]


@dataclass(frozen=True, slots=True)
class Profile:
    """A StructureDefinition ready to check values.

    check  one value of `type`; of a resource: the resource without what it contains
    """

    url: str
    type: str
    kind: str
    abstract: bool
    structure: Json
    root: Node
    check: ItemCheck


class Profiles:
    """Compiled profiles, kept as long as the library answers the same StructureDefinition."""

    def __init__(self, compile_: Callable[[Json], Profile | None]) -> None:
        self._compile = compile_
        self._kept: dict[int, tuple[Json, Profile | None]] = {}

    def of(self, structure: Json) -> Profile | None:
        """The profile of a StructureDefinition; None when it has no snapshot."""
        kept = self._kept.get(id(structure))
        if kept is None or kept[0] is not structure:
            if len(self._kept) >= 4096:
                self._kept.clear()
            kept = self._kept[id(structure)] = (structure, self._compile(structure))
        return kept[1]


class Run:
    """What the checks of one validation share.

    root, resource  the container (for contained resources) and the resource being checked
    environment     what its FHIRPath expressions see
    unknown         canonical URLs of definitions asked for and not held
    missed          how many times one of them was asked for
    explains        whether what is found will be told: then it is worth saying why nothing is in a slice
    """

    def __init__(
        self,
        library: Library,
        codes: Codes,
        profiles: Profiles,
        enter: Callable[[Json, "Run", bool], Findings],
        *,
        now: datetime | None,
        resolve: Callable[[str], Json | None] | None,
        in_slice: Callable[[Item, str, str, "Run"], bool | None],
        language: str = "",
    ) -> None:
        self.library = library
        self.codes = codes
        self.profiles = profiles
        self.enter = enter
        self.now = now
        self.in_slice = in_slice
        self.language = language
        self.outside = resolve
        self.root: Json = {}
        self.resource: Json = {}
        self.bundles: list[dict[str, Json]] = []
        self.environment = Environment()
        self.left = BUDGET_OF_ALL
        self.depth = 0
        self.unknown: dict[str, None] = {}
        self.missed = 0
        self.explains = True
        self.spoilt = False  # the structure has faults: expressions may stumble on them
        self._structures: dict[str, Profile | None] = {}
        self._answers: dict[CodeQuestion, CodeAnswer] = {}
        self._verdicts: dict[tuple[int, str], bool | None] = {}

    def profile(self, canonical: str) -> Profile | None:
        """The profile of a canonical URL; None, remembered in `unknown`, when nothing holds it.

        A version that is not held falls back on the one that is: what is said is then better than nothing, and a
        library that has several prefers the one that was asked for.
        """
        if canonical in self._structures:
            known = self._structures[canonical]
            self.missed += known is None
            return known
        structure = self.library.structure(canonical)
        if structure is None and "|" in canonical:
            structure = self.library.structure(canonical.partition("|")[0])
        found = None if structure is None else self.profiles.of(structure)
        if found is None:
            self.unknown[canonical] = None
            self.missed += 1
        self._structures[canonical] = found
        return found

    def type(self, name: str) -> Profile | None:
        """The definition of a type of R4."""
        return self.profile(R4 + name)

    def judge(self, question: CodeQuestion) -> CodeAnswer:
        """Whether a code is good: asked once."""
        answer = self._answers.get(question)
        if answer is None:
            answer = self._answers[question] = self.codes.judge(question)
        return answer

    def resolve(self, text: str) -> Json | None:
        """The resource that a reference leads to: contained, in the Bundle, or known to the caller; None when unknown."""
        found = self.held(text)
        return found if found is not None or self.outside is None or text[:1] == "#" else self.outside(text)

    def held(self, text: str) -> Json | None:
        """The resource that a reference leads to, contained or in the Bundle; None when it is in neither."""
        if text[:1] == "#":
            if text == "#":
                return self.root
            return next((c for c in objects(self.root.get("contained")) if c.get("id") == text[1:]), None)
        for index in reversed(self.bundles):
            if text in index:
                return index[text]
        return None

    def conforms(self, item: Item, canonical: str) -> bool | None:
        """Whether an item conforms to a profile; None when the profile is not held. A question that is being answered
        is taken as answered with yes: circular profiles end.
        """
        type_, value, _ = item
        key = (id(value), canonical)
        if key in self._verdicts and isinstance(value, dict):
            return self._verdicts[key]
        found = self.profile(canonical)
        if found is None:
            return None
        if self.depth >= DEEPEST:
            return True
        self._verdicts[key] = True
        if isinstance(value, dict) and "resourceType" in value:
            good = value["resourceType"] == found.type or found.abstract
        else:
            good = type_.split(".")[-1] == found.type or found.abstract or type_ == found.type
        good = good and not serious(self.faults(item, found))
        self._verdicts[key] = good
        return good

    def faults(self, item: Item, profile: Profile) -> Findings:
        """What is wrong with an item, of the type of a profile, by this profile; in few words."""
        _, value, companion = item
        explained, self.explains = self.explains, False
        try:
            with self.deeper():
                if isinstance(value, dict) and "resourceType" in value:
                    with self.within(value, self.root if self._contained(value) else value):
                        return profile.check(value, None, self)
                return profile.check(value, companion, self)
        finally:
            self.explains = explained

    def _contained(self, resource: Json) -> bool:
        return any(one is resource for one in objects(self.root.get("contained")))

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level more."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def within(self, resource: Json, root: Json) -> Iterator[None]:
        """Check a resource: its expressions have their own environment and budget."""
        outer = self.root, self.resource, self.environment
        budget = max(min(BUDGET, self.left), 0)
        self.enter_at(resource, root, budget)
        try:
            yield
        finally:
            self.left -= budget - self.environment.left
            self.root, self.resource, self.environment = outer

    def enter_at(self, resource: Json, root: Json, budget: int) -> Environment:
        """Stand at a resource, for good; what its expressions see."""
        self.root, self.resource = root, resource
        self.environment = Environment(
            resource=resource,
            root_resource=root,
            now=self.now,
            resolve=self.resolve,
            terminology=_Terminology(self),
            conforms=self.conforms,
            element=self.element,
            slices=self.slices,
            budget=budget,
        )
        return self.environment

    def element(self, item: Item) -> Item | None:
        """The ElementDefinition of the type of an item, for elementDefinition()."""
        found = self.type(item[0].split(".")[0])
        if found is None:
            return None
        return ("ElementDefinition", found.root.definition, None)

    def slices(self, item: Item, structure: str, name: str) -> bool | None:
        """Whether an item is in a slice, for slice()."""
        return self.in_slice(item, structure, name, self)


class _Terminology:
    """What memberOf and subsumes ask, answered by the codes of the run."""

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def member_of(self, coded: Item, value_set: str) -> bool | None:
        """Whether a code, Coding or CodeableConcept is in a value set."""
        type_, value, _ = coded
        if isinstance(value, str):
            return self._good("", value, value_set)
        if not isinstance(value, dict):
            return None
        codings = value.get("coding") or () if type_ == "CodeableConcept" else (value,)
        verdicts = [self._good(str(c.get("system", "")), str(c["code"]), value_set) for c in codings if "code" in c]
        return True if True in verdicts else None if None in verdicts else False

    def _good(self, system: str, code: str, value_set: str) -> bool | None:
        answer = self.run.judge(CodeQuestion(system, code, value_set=value_set))
        return True if answer.cause in (Cause.WRONG_DISPLAY, Cause.INACTIVE) else answer.good

    def subsumes(self, broader: Item, narrower: Item) -> bool | None:
        """Whether one of the first codes is one of the others, or above it. Of bare codes, only whether they are the same."""
        one, other = broader[1], narrower[1]
        if isinstance(one, str) and isinstance(other, str):
            return True if one == other else None
        pairs = [(a, b) for a in _codings(broader) for b in _codings(narrower)]
        verdicts = [self._above(a, b) for a, b in pairs]
        return True if True in verdicts else None if None in verdicts or not pairs else False

    def _above(self, broader: tuple[str, str], narrower: tuple[str, str]) -> bool | None:
        if broader == narrower:
            return True
        system, code = narrower
        if system != broader[0]:
            return False
        return self.run.judge(CodeQuestion(system, code, below=broader[1])).good


def _codings(item: Item) -> list[tuple[str, str]]:
    """The (system, code) of a Coding, or of those of a CodeableConcept."""
    type_, value, _ = item
    if not isinstance(value, dict):
        return []
    held = objects(value.get("coding")) if type_ == "CodeableConcept" else [value]
    return [(str(one.get("system", "")), str(one["code"])) for one in held if "code" in one]
