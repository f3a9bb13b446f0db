"""A profile as its page shows it: a tree of elements, what each says, and what it changes of its parent."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from socle.foundations.interoperability.rules.outline import Change, Outline, changes, counterpart, line, outline
from socle.kernel.fhir.core import core_structure

PATIENT = outline(core_structure("Patient")["snapshot"]["element"])  # type: ignore[index]


def elements(*ids: str) -> Outline:
    """The outline of elements that say nothing."""
    return outline([{"id": id, "path": ".".join(part.partition(":")[0] for part in id.split("."))} for id in ids])


def told(id: str, **stated: Any) -> list[tuple[str, str, str]]:
    """What an element of a profile of Patient changes."""
    path = ".".join(part.partition(":")[0] for part in id.split("."))
    before = counterpart(id, {"path": path}, PATIENT)
    whole = {**(before or {}), "id": id, "path": path, **stated}
    return [(one.kind, one.before, one.after) for one in changes(id, whole, before, {"id": id, "path": path, **stated})]


def test_elements_hang_from_what_they_are_in_and_slices_from_what_they_slice() -> None:
    made = elements(
        "Patient", "Patient.identifier", "Patient.identifier:ins", "Patient.identifier:ins.system", "Patient.name"
    )
    assert made.children["Patient"] == ["Patient.identifier", "Patient.name"]
    assert made.children["Patient.identifier"] == ["Patient.identifier:ins"]
    assert made.children["Patient.identifier:ins"] == ["Patient.identifier:ins.system"]
    assert made.below("Patient.identifier") == 2
    assert made.above("Patient.identifier:ins.system") == ["Patient", "Patient.identifier", "Patient.identifier:ins"]
    assert list(made.walk("Patient.identifier")) == [
        ("Patient.identifier:ins", 0),
        ("Patient.identifier:ins.system", 1),
    ]


def test_a_slice_of_a_slice_hangs_from_that_slice() -> None:
    made = elements("O", "O.code", "O.code:a", "O.code:a/b")
    assert made.children["O.code:a"] == ["O.code:a/b"]


def test_an_element_whose_parent_is_not_stated_hangs_from_the_nearest_above() -> None:
    assert elements("Patient", "Patient.contact.name.family").parents["Patient.contact.name.family"] == "Patient"


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.dictionaries(
                st.sampled_from(
                    ["id", "path", "min", "max", "type", "binding", "slicing", "constraint", "sliceName", "base"]
                ),
                st.one_of(st.none(), st.text(max_size=8), st.integers(), st.lists(st.text(max_size=3), max_size=2)),
            ),
            st.builds(
                lambda parts: {"id": ".".join(parts), "path": ".".join(p.partition(":")[0] for p in parts)},
                st.lists(st.sampled_from(["A", "b", "b:x", "b:x/y", "c[x]"]), min_size=1, max_size=5),
            ),
        ),
        max_size=12,
    )
)
def test_any_list_of_elements_makes_a_tree_where_each_is_once(given: list[Any]) -> None:
    made = outline(given)
    if made.root:
        reached = [made.root, *(id for id, _ in made.walk(made.root))]
        assert sorted(reached) == sorted(made.elements)
        assert made.below(made.root) == len(made.elements) - 1
    for id, element in made.elements.items():
        assert line(id, element).id == id
        changes(id, element, counterpart(id, element, PATIENT))


def test_a_number_that_changes_is_told_with_what_it_was() -> None:
    assert told("Patient.birthDate", min=1) == [("cardinality", "0..1", "1..1")]
    assert told("Patient.photo", max="0") == [("prohibited", "0..*", "0..0")]


def test_what_is_stated_again_without_change_is_no_change() -> None:
    assert told("Patient.birthDate", min=0, max="1", mustSupport=False) == []


def test_a_new_slice_is_compared_with_the_element_that_it_slices() -> None:
    assert told("Patient.identifier:ins", sliceName="ins", max="1", mustSupport=True) == [
        ("slice", "", "ins"),
        ("cardinality", "0..*", "0..1"),
        ("must_support", "", ""),
    ]


def test_the_content_of_a_type_is_compared_with_that_type() -> None:
    element = {"path": "Patient.identifier.system", "base": {"path": "Identifier.system", "min": 0, "max": "1"}}
    before = counterpart("Patient.identifier:ins.system", element, PATIENT)
    assert before is not None
    assert (before["path"], before["max"]) == ("Identifier.system", "1")


def test_bindings_types_values_and_rules_are_told() -> None:
    bound = {"strength": "required", "valueSet": "http://v"}
    assert told("Patient.maritalStatus", binding=bound) == [
        ("value_set", "http://hl7.org/fhir/ValueSet/marital-status", "http://v"),
        ("strength", "extensible", "required"),
    ]
    assert told("Patient.deceased[x]", type=[{"code": "boolean"}]) == [("types", "boolean, dateTime", "boolean")]
    targets = [{"code": "Reference", "targetProfile": ["http://p/un"]}]
    assert told("Patient.managingOrganization", type=targets) == [("targets", "", "un")]
    assert told("Patient.language", fixedCode="fr") == [("fixed", "", "fr")]
    rule = [{"key": "x-1", "severity": "error", "expression": "true"}]
    assert ("rule", "", "x-1") in told("Patient.name", constraint=rule)


def test_only_what_the_profile_states_counts_as_its_change() -> None:
    """A published snapshot may differ from its parent's where the profile says nothing."""
    before = PATIENT.elements["Patient.maritalStatus"]
    whole = {**before, "min": 1, "binding": {"strength": "example", "valueSet": "http://w"}}
    assert changes("Patient.maritalStatus", whole, before, {"min": 1}) == (Change("cardinality", "0..1", "1..1"),)


def test_a_primitive_has_the_name_of_its_type() -> None:
    [one] = line("Patient.id", PATIENT.elements["Patient.id"]).types
    assert one.code == "string"


def test_a_long_value_is_cut() -> None:
    shown = line("Patient.name", {"patternHumanName": {"text": "x" * 2000}}).value
    assert shown is not None
    assert len(shown[1]) == 400
