"""Published files come in: what was loaded is served, what is wrong is named, nothing is half there."""

from pathlib import Path
from typing import Any

import pytest
from tests.foundations.terminologies import test_loader_claml, test_loader_loinc, test_loader_rf2, test_loader_svs
from tests.foundations.terminologies.reading import NOW, zipped
from tests.foundations.terminologies.support import Service, codes, value

from socle.foundations.terminologies.actions.importing import Imported, import_file
from socle.foundations.terminologies.loaders import Options
from socle.kernel.outcome import Problem
from socle.kernel.policy import ANONYMOUS


@pytest.fixture
async def snomed(terms: Service, tmp_path: Path) -> Service:
    """A terminology service with the little SNOMED CT of the tests of RF2."""
    files = test_loader_rf2.release()
    name = next(name for name in files if "sct2_Concept" in name)
    files[name] += f"{test_loader_rf2.GROUP_TYPE}\t20240101\t0\t{test_loader_rf2.MODULE}\t{test_loader_rf2.PRIM}\r\n"
    await imported(terms, zipped(tmp_path / "snomed.zip", files))
    return terms


async def imported(terms: Service, path: Path, **options: Any) -> Imported:
    return await import_file(terms.register, path, "auto", Options(NOW), **{**terms.who, **options})


async def test_a_tre_is_served_under_all_its_names(terms: Service, tmp_path: Path) -> None:
    path = tmp_path / "tre.xml"
    path.write_text(test_loader_svs.TRE.format(encoding="UTF-8"))
    done = await imported(terms, path, keep_going=True)
    assert ([one.concepts for one in done.systems], done.resources, done.rejected) == ([2], 1, 1)
    for name in (
        "https://mos.esante.gouv.fr/NOS/TRE_R22-GenreActivite/FHIR/TRE-R22-GenreActivite",
        "https://smt.esante.gouv.fr/fhir/CodeSystem/tre-r22-genre-activite",
        "urn:oid:1.2.250.1.213.1.6.1.19",
    ):
        found = await terms.ask("CodeSystem/$lookup", system=name, code="GENR01")
        assert value(found, "display") == "Activité de soin"


async def test_a_classification_keeps_its_hierarchy(terms: Service, tmp_path: Path) -> None:
    path = tmp_path / "cim10.xml"
    path.write_text(test_loader_claml.CIM.format(version="2.0.0"))
    await imported(terms, path)
    found = await terms.ask("CodeSystem/$subsumes", system="http://hl7.org/fhir/sid/icd-10", codeA="IV", codeB="E10.1")
    assert value(found, "outcome") == "subsumes"


async def test_answer_lists_of_loinc_are_value_sets(terms: Service, tmp_path: Path) -> None:
    await imported(terms, zipped(tmp_path / "Loinc_2.78.zip", test_loader_loinc.FILES))
    expanded = await terms.ask("ValueSet/$expand", url="http://loinc.org/vs/LL2419-1")
    assert codes(expanded) == ["LA19710-5", "LA19709-7"]


async def test_reference_sets_and_hierarchies_of_snomed_are_value_sets(terms: Service, tmp_path: Path) -> None:
    await imported(terms, zipped(tmp_path / "r.zip", test_loader_rf2.release()))
    root, lung, refset = test_loader_rf2.ROOT, test_loader_rf2.LUNG, test_loader_rf2.REFSET
    below = await terms.ask("ValueSet/$expand", url=f"http://snomed.info/sct?fhir_vs=isa/{root}")
    assert set(codes(below)) == {root, lung}
    members = await terms.ask("ValueSet/$expand", url=f"http://snomed.info/sct?fhir_vs=refset/{refset}")
    assert codes(members) == [lung]


async def test_a_wrong_line_refuses_the_whole_and_leaves_what_was_there(terms: Service, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    (tmp_path / "m.toml").write_text('system.url = "http://x.example"\ncolumns = {code = "c", parents = "p"}')
    options = Options(NOW, mapping=tmp_path / "m.toml")

    async def run(text: str, **more: Any) -> Imported:
        path.write_text(text)
        return await import_file(terms.register, path, "csv", options, **terms.who, **more)

    await run("c,p\nA,\nB,A\n")
    for wrong, line in (("c,p\nA,\nA,\n", 3), ("c,p\nA,\nB,Z\n", 3), ("c,p\nA,\n,A\n", 3)):
        with pytest.raises(Problem, match=rf"a\.csv:{line}"):
            await run(wrong)
    found = await terms.ask("CodeSystem/$subsumes", system="http://x.example", codeA="A", codeB="B")
    assert value(found, "outcome") == "subsumes"
    with pytest.raises(Problem, match=r"chaque ligne est fausse, rien n'a été chargé\. La première : a\.csv:2"):
        await run("c,p\n,\n,\n", keep_going=True)
    assert value(await terms.ask("CodeSystem/$lookup", system="http://x.example", code="B"), "name")
    done = await run("c,p\nA,\nA,\nB,Z\nC,A\n", keep_going=True)
    assert [fault.rule for fault in done.faults] == ["code-twice", "parent-unknown"]
    assert done.systems[0].concepts == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c,p,n\nA,,x\nB,A,a\0b\n", r"a\.csv:3 : le code « B » porte un caractère nul"),
        ("c,p,n\nA,B,x\nB,A,y\n", r"a\.csv : La hiérarchie est circulaire : « A »"),
    ],
)
async def test_what_only_the_whole_tells_is_named_with_its_file(
    terms: Service, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "a.csv").write_text(text)
    mapping = tmp_path / "m.toml"
    mapping.write_text('system.url = "http://x.example"\ncolumns = {code = "c", parents = "p", display = "n"}')
    with pytest.raises(Problem, match=said):
        await import_file(terms.register, tmp_path / "a.csv", "csv", Options(NOW, mapping=mapping), **terms.who)


async def test_progress_tells_bytes_and_concepts(terms: Service, tmp_path: Path) -> None:
    path = tmp_path / "tre.xml"
    path.write_text(test_loader_svs.TRE.format(encoding="UTF-8"))
    seen: list[tuple[int, int, int]] = []
    await imported(terms, path, keep_going=True, progress=lambda *where: seen.append(where))
    assert seen[-1][0] == seen[-1][1] == path.stat().st_size


async def test_whoever_may_not_load_is_refused_before_anything_is_read(terms: Service, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        await imported(terms, tmp_path / "no such file", by=ANONYMOUS)
    assert caught.value.kind.name == "FORBIDDEN"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("<< {root}", {"root", "lung"}),
        ("< {root}", {"lung"}),
        ("> {lung}", {"root"}),
        (">! {lung}", {"root"}),
        ("^ {refset}", {"lung"}),
        ("* : {site} = {lung}", {"disease"}),
        ("* : {{ {site} = << {root} }}", {"disease"}),
        ("* : {site} > #12", {"disease"}),
        ("* MINUS (<< {root} OR {old} OR {site})", {"disease", "refset"}),
        ("{disease} . {site}", {"lung"}),
        ('* {{{{ term = "struct pulmo", language = fr }}}}', {"lung"}),
        ("* {{{{ C active = false }}}}", {"old", "site"}),
    ],
)
async def test_expression_constraints_select_concepts(snomed: Service, expression: str, expected: set[str]) -> None:
    names = {
        "root": test_loader_rf2.ROOT,
        "lung": test_loader_rf2.LUNG,
        "disease": test_loader_rf2.DISEASE,
        "refset": test_loader_rf2.REFSET,
        "old": test_loader_rf2.OLD,
        "site": test_loader_rf2.GROUP_TYPE,
    }
    url = "http://snomed.info/sct?fhir_vs=ecl/" + expression.format(**names)
    expanded = await snomed.ask("ValueSet/$expand", url=url)
    assert set(codes(expanded)) == {names[name] for name in expected}
    for name in ("root", "lung", "disease"):
        found = await snomed.ask("ValueSet/$validate-code", url=url, system="http://snomed.info/sct", code=names[name])
        assert value(found, "result") is (name in expected)


async def test_a_value_set_that_an_expression_defines_is_legal(snomed: Service) -> None:
    url = f"http://snomed.info/sct?fhir_vs=ecl/<< {test_loader_rf2.ROOT}"
    expanded = await snomed.ask("ValueSet/$expand", url=url)
    assert expanded["url"] == url.replace(" ", "%20")  # a uri holds no blank
    assert "version" not in expanded  # nor is an element empty


async def test_a_wrong_expression_says_where(snomed: Service) -> None:
    status, said = await snomed.refusal("ValueSet/$expand", url="http://snomed.info/sct?fhir_vs=ecl/<< nothing")
    assert status == 400
    assert "caractère 4" in said or "character 4" in said
