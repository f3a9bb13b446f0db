"""Random code systems and value sets, asked in several ways, against a plain reading of FHIR R4: valueset.html#compositions,
valueset-filter-operator.html. All of it comes with the question: nothing is stored.
"""

import random

import pytest
from tests.foundations.terminologies.support import Json, Service, codes, parameters, value, value_set

SYSTEM = "http://example.org/plain"
SETS = [f"http://example.org/plain/set{number}" for number in range(3)]
PROPERTIES = "http://hl7.org/fhir/concept-properties#"
MEANT = {"broader": "parent", "narrower": "child", "ended": "inactive"}


class Plain:
    """A code system of few codes with several parents, and what R4 says of it, written as it reads."""

    def __init__(self, rng: random.Random) -> None:
        self.exact = rng.random() < 0.5
        self.codes = [rng.choice("aBcD") + str(number) for number in range(rng.randint(2, 9))]
        self.parents: dict[str, set[str]] = {code: set() for code in self.codes}
        self.ended = {code for code in self.codes if rng.random() < 0.2}
        self.size = {code: str(rng.randint(1, 3)) for code in self.codes if rng.random() < 0.6}
        concepts: dict[str, Json] = {code: {"code": code} for code in self.codes}
        tops: list[Json] = []
        for place, code in enumerate(self.codes):
            above = rng.choice(self.codes[:place]) if place and rng.random() < 0.6 else ""
            (concepts[above].setdefault("concept", []) if above else tops).append(concepts[code])
            self.parents[code] |= {above} if above else set()
            if place and rng.random() < 0.4:
                other = rng.choice(self.codes[:place])
                self.parents[code].add(other)
                holder, name, said = rng.choice([(code, "broader", other), (other, "narrower", code)])
                self._say(concepts[holder], name, {"valueCode": self.spelt(rng, said)})
            if code in self.ended:
                self._say(concepts[code], "ended", {"valueBoolean": True})
            if code in self.size:
                self._say(concepts[code], "size", {"valueInteger": int(self.size[code])})
        declared = [{"code": code, "type": "code", "uri": PROPERTIES + said} for code, said in MEANT.items()]
        self.resource: Json = {
            "resourceType": "CodeSystem",
            "url": SYSTEM,
            "status": "active",
            "content": "complete",
            "caseSensitive": self.exact,
            "property": [*declared, {"code": "size", "type": "integer"}],
            "concept": tops,
        }

    @staticmethod
    def _say(concept: Json, name: str, said: Json) -> None:
        concept.setdefault("property", []).append({"code": name, **said})

    def spelt(self, rng: random.Random, code: str) -> str:
        """The code as somebody may write it."""
        return code if self.exact else rng.choice([code, code.upper(), code.lower()])

    def known(self, code: str) -> str:
        """The code that is meant, "" none."""
        if self.exact:
            return code if code in self.codes else ""
        return next((one for one in self.codes if one.lower() == code.lower()), "")

    def above(self, code: str) -> set[str]:
        """Its broader concepts, however far."""
        return self.parents[code].union(*(self.above(one) for one in self.parents[code]))

    def values(self, code: str, property: str) -> set[str]:
        """The values of a property."""
        match MEANT.get(property, property):
            case "concept":
                return {code}
            case "parent":
                return self.parents[code]
            case "child":
                return {one for one in self.codes if code in self.parents[one]}
            case "inactive":
                return {"true" if code in self.ended else "false"}
        return {self.size[code]} if code in self.size else set()

    def passes(self, code: str, filter: Json) -> bool:
        """Whether a code passes a filter."""
        said = filter["value"]
        found = self.values(code, filter["property"])
        wanted = {self.known(one) or one for one in said.split(",")}
        match filter["op"]:
            case "is-a":
                return self.known(said) in {code, *self.above(code)}
            case "descendent-of":
                return self.known(said) in self.above(code)
            case "is-not-a":
                return self.known(said) not in {code, *self.above(code)}
            case "generalizes":
                return code in {self.known(said), *self.above(self.known(said))}
            case "exists":
                return bool(found) is (said == "true")
            case "not-in":
                return not found & wanted
        return bool(found & wanted)

    def held(self, sets: dict[str, Json], url: str) -> set[str]:
        """The codes of a value set."""
        compose = sets[url]["compose"]
        found = set().union(*(self.part(sets, one) for one in compose["include"]))
        found -= set().union(*(self.part(sets, one) for one in compose.get("exclude", [])))
        return found - self.ended if compose.get("inactive") is False else found

    def part(self, sets: dict[str, Json], part: Json) -> set[str]:
        """The codes of an include or exclude."""
        found = set(self.codes)
        if "concept" in part:
            found = {self.known(one["code"]) for one in part["concept"]} - {""}
        found = {code for code in found if all(self.passes(code, filter) for filter in part.get("filter", []))}
        for url in part.get("valueSet", []):
            found &= self.held(sets, url)
        return found


def random_filter(rng: random.Random, plain: Plain) -> Json:
    """A filter of any operator."""
    code, other = (plain.spelt(rng, rng.choice(plain.codes)) for _ in range(2))
    said = rng.choice(["true", "false"])
    property, op, wanted = rng.choice(
        [
            ("concept", rng.choice(["is-a", "descendent-of", "is-not-a", "generalizes", "="]), code),
            ("concept", rng.choice(["in", "not-in"]), f"{code},{other}"),
            (rng.choice(["parent", "child", "broader", "narrower"]), rng.choice(["=", "in", "not-in"]), code),
            (rng.choice(["parent", "child", "broader", "narrower", "size"]), "exists", said),
            (rng.choice(["inactive", "ended"]), "=", said),
            ("size", rng.choice(["=", "in", "not-in"]), rng.choice("123")),
        ]
    )
    return {"property": property, "op": op, "value": wanted}


def random_part(rng: random.Random, plain: Plain, known: list[str]) -> Json:
    """A part that filters, lists or imports."""
    part: Json = {"system": SYSTEM}
    if rng.random() < 0.6:
        part["filter"] = [random_filter(rng, plain) for _ in range(rng.randint(1, 2))]
    elif rng.random() < 0.6:
        some = [*rng.sample(plain.codes, rng.randint(1, len(plain.codes))), "absent"]
        part["concept"] = [{"code": plain.spelt(rng, code)} for code in some]
    if known and rng.random() < 0.4:
        part["valueSet"] = [rng.choice(known)]
    return part


@pytest.mark.parametrize("seed", range(25))
async def test_expansions_pages_and_judgements_are_those_of_a_plain_reading(zoo: Service, seed: int) -> None:
    rng = random.Random(seed)
    plain = Plain(rng)
    sets: dict[str, Json] = {}
    for url in SETS:
        include = [random_part(rng, plain, list(sets)) for _ in range(rng.randint(1, 2))]
        exclude = [random_part(rng, plain, list(sets)) for _ in range(rng.randint(0, 1))]
        more = {"inactive": False} if rng.random() < 0.3 else {}
        sets[url] = value_set(url, *include, exclude=exclude, **more)
    brought = [plain.resource, *sets.values()]
    for url in SETS:
        whole = await zoo.ask("ValueSet/$expand", parameters(url=url, tx_resource=brought))
        found = codes(whole)
        assert sorted(found) == sorted(plain.held(sets, url))
        assert whole["expansion"]["total"] == len(found)
        pages = [
            codes(await zoo.ask("ValueSet/$expand", parameters(url=url, tx_resource=brought, count=2, offset=offset)))
            for offset in range(0, len(found) + 2, 2)
        ]
        assert [code for page in pages for code in page] == found
        asked = [*plain.codes, "absent"]
        each = [parameters(url=url, system=SYSTEM, code=plain.spelt(rng, code)) for code in asked]
        batch = parameters(tx_resource=brought, validation=each)
        judged = await zoo.ask("ValueSet/$batch-validate-code", batch)
        good = [code for code, one in zip(asked, judged["parameter"], strict=True) if value(one["resource"], "result")]
        assert sorted(good) == sorted(found)
