"""A load of the FINESS's files: what becomes the register, what is refused, what stays."""

import asyncio
from datetime import timedelta

import pytest
from tests.foundations.structures.support import (
    EJ1,
    EJ2,
    ET1,
    ET2,
    ET3,
    LATER,
    METADATA,
    NOW,
    OPERATOR,
    Structures,
    care,
    csv_text,
    ej_line,
    et_line,
    geo_line,
    numero,
    scanner,
    social,
    xml_text,
)

from socle.foundations.structures.permissions import REGISTER
from socle.foundations.structures.store import register, staging
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS


async def test_legal_entities_establishments_and_positions_come_in_together(structures: Structures) -> None:
    report = await structures.load_text(csv_text(et_line(ET1), geo_line(ET1), ej_line(EJ1)))
    assert report.counts == {"ej-created": 1, "et-created": 1, "part-created": 1, "resources": 3}
    one = await structures.get(f"Organization/{ET1}")
    assert one["name"] == "HOPITAL DU PONT"
    assert one["partOf"]["reference"] == f"Organization/{EJ1}"
    place = await structures.get(f"Location/{ET1}")
    assert place["position"] == {"longitude": 5.254203, "latitude": 46.211257}


async def test_the_same_files_again_change_nothing(structures: Structures) -> None:
    text = csv_text(ej_line(EJ1), et_line(ET1), geo_line(ET1))
    await structures.load_text(text)
    report = await structures.load_text(text, now=NOW + timedelta(days=1))
    assert report.counts == {"resources": 0}
    assert (await structures.get(f"Organization/{ET1}"))["meta"]["versionId"] == "1"


async def test_structures_are_counted_again_after_each_load_only(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    first = await register.counts(structures.database)
    assert first == {"1": 1, "2": 1}
    assert await register.counts(structures.database) is first
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1), et_line(ET2)), now=NOW + timedelta(days=1))
    assert await register.counts(structures.database) == {"1": 1, "2": 2}


async def test_a_difference_is_told_created_changed_closed(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1), et_line(ET2, name="CLINIQUE DU LAC")))
    text = csv_text(ej_line(EJ1), et_line(ET1, name="HOPITAL NEUF"), et_line(ET3, name="MAISON DE SANTE"))
    report = await structures.load_text(text, now=NOW + timedelta(days=1))
    assert report.counts == {"et-created": 1, "et-changed": 1, "et-closed": 1, "resources": 6}
    closed = await structures.get(f"Organization/{ET2}")
    assert closed["active"] is False
    assert closed["extension"][0]["valuePeriod"] == {"start": "1979-02-13", "end": "2026-11-30"}
    assert (await structures.get(f"Organization/{ET1}"))["name"] == "HOPITAL NEUF"


async def test_a_structure_that_comes_back_is_open_again(structures: Structures) -> None:
    both = csv_text(ej_line(EJ1), et_line(ET1), et_line(ET2))
    await structures.load_text(both)
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)), now=NOW + timedelta(days=1))
    report = await structures.load_text(both, now=NOW + timedelta(days=2))
    assert report.counts["et-reopened"] == 1
    assert (await structures.get(f"Organization/{ET2}"))["active"] is True


async def test_a_file_of_differences_closes_nothing(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1), et_line(ET2)))
    report = await structures.load_text(csv_text(et_line(ET1, name="HOPITAL NEUF")), difference=True)
    assert report.counts["et-changed"] == 1
    assert "et-closed" not in report.counts


async def test_files_of_establishments_alone_leave_legal_entities_as_they_are(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    report = await structures.load_text(csv_text(et_line(ET1)))
    assert report.counts == {"resources": 0}


async def test_a_file_with_fewer_columns_keeps_what_another_said(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    fields = dict(zip(("nofinesset", "nofinessej"), (ET1, EJ1), strict=True))
    more = "".join(
        f"<{name}>{value}</{name}>"
        for name, value in {
            **fields,
            "rs": "HOPITAL DU PONT",
            "departement": "01",
            "categagretab": "1102",
            "courriel": "a@b.fr",
        }.items()
    )
    await structures.load_text(xml_text(f"<structureet>{more}</structureet>"), "et.xml")
    await structures.load_text(csv_text(et_line(ET1)))
    one = await structures.get(f"Organization/{ET1}")
    assert {"system": "email", "value": "a@b.fr", "use": "work"} in one["telecom"]


async def test_a_legal_entity_that_comes_later_is_linked_when_it_comes(structures: Structures) -> None:
    report = await structures.load_text(csv_text(et_line(ET1, ej=LATER)))
    assert [fault.rule for fault in report.faults] == ["SOCLE-FINESS-PARENT"]
    before = await structures.get(f"Organization/{ET1}")
    assert before["partOf"] == {"identifier": {"system": "https://finess.esante.gouv.fr", "value": LATER}}
    await structures.load_text(csv_text(ej_line(LATER)))
    assert (await structures.get(f"Organization/{ET1}"))["partOf"]["reference"] == f"Organization/{LATER}"


async def test_a_position_that_comes_before_its_establishment_waits_for_it(structures: Structures) -> None:
    report = await structures.load_text(csv_text(ej_line(EJ1), geo_line(ET1)))
    assert "est gardée en attendant" in report.faults[0].text.fr
    await structures.load_text(csv_text(et_line(ET1)))
    assert "position" in await structures.get(f"Location/{ET1}")


async def test_an_identifier_used_twice_refuses_the_whole_and_names_both_lines(structures: Structures) -> None:
    with pytest.raises(Problem) as refused:
        await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1), et_line(ET1, name="AUTRE")))
    assert "stock.csv:3, stock.csv:4" in refused.value.issues[0].text.fr
    assert await structures.ids("Organization") == []


async def test_a_line_repeated_as_it_is_counts_once(structures: Structures) -> None:
    report = await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1), et_line(ET1)))
    assert report.counts["et-created"] == 1


async def test_a_number_that_is_an_entity_here_and_an_establishment_there_is_refused(structures: Structures) -> None:
    with pytest.raises(Problem) as refused:
        await structures.load_text(csv_text(ej_line(EJ1), et_line(EJ1, ej=EJ2)))
    assert refused.value.issues[0].rule == "SOCLE-FINESS-EJ-ET"


async def test_one_wrong_line_refuses_the_whole(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    with pytest.raises(Problem) as refused:
        await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1, name="AUTRE"), et_line(ET2, categetab="3X5")))
    assert refused.value.issues[0].text.fr.startswith("stock.csv:4 categetab : « categetab » vaut « 3X5 »")
    assert (await structures.get(f"Organization/{ET1}"))["name"] == "HOPITAL DU PONT"
    assert await structures.database.query(f"SELECT FROM {REGISTER}.stage") == []


async def test_wrong_lines_are_left_out_when_asked(structures: Structures) -> None:
    text = csv_text(ej_line(EJ1), et_line(ET1), et_line(ET2, categetab="3X5"))
    report = await structures.load_text(text, keep_going=True)
    assert (report.rejected, report.counts["et-created"]) == (1, 1)


async def test_a_file_that_leaves_much_out_is_refused_unless_confirmed(structures: Structures) -> None:
    sites = [et_line(numero(n)) for n in range(200, 240)]
    await structures.load_text(csv_text(ej_line(EJ1), *sites))
    with pytest.raises(Problem) as refused:
        await structures.load_text(csv_text(ej_line(EJ1), *sites[:10]))
    assert refused.value.issues[0].rule == "SOCLE-FINESS-CLOSURES"
    report = await structures.load_text(csv_text(ej_line(EJ1), *sites[:10]), accept_closures=True)
    assert report.counts["et-closed"] == 30


async def test_a_truncated_file_changes_nothing_even_when_wrong_lines_may_go(structures: Structures) -> None:
    await structures.load_text(xml_text(care()), "soins.xml")
    with pytest.raises(Problem) as refused:
        await structures.load_text(xml_text(care(forme="02"), care())[:-60], "soins.xml", keep_going=True)
    assert "coupé" in refused.value.issues[0].text.fr


async def test_activities_equipment_and_capacities_are_shown(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    await structures.load(
        structures.file("103.xml", xml_text(care())),
        structures.file("104.xml", xml_text(scanner())),
        structures.file("105.xml", xml_text(social())),
    )
    bundle = await structures.get(f"HealthcareService?organization=Organization/{ET1}")
    names = sorted(entry["resource"]["name"] for entry in bundle["entry"])
    assert names[0].startswith("Accueil pour Personnes Âgées")
    assert names[1].startswith("Gynécologie")
    device = await structures.get(f"Device?organization=Organization/{ET1}")
    assert device["entry"][0]["resource"]["serialNumber"] == "S1"


async def test_an_activity_that_goes_from_the_complete_feed_is_removed(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    await structures.load_text(xml_text(care(), care(activite="04")), "103.xml")
    report = await structures.load_text(xml_text(care()), "103.xml")
    assert report.counts == {"part-removed": 1, "resources": 1}
    assert len(await structures.ids("HealthcareService")) == 1


async def test_what_was_served_is_served_until_the_load_takes_effect(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    seen: list[str] = []

    async def watch() -> None:
        while True:
            seen.append((await structures.get(f"Organization/{ET1}"))["name"])
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    many = [et_line(numero(n), name="HOPITAL NEUF") for n in range(300, 500)]
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1, name="HOPITAL NEUF"), *many))
    watching.cancel()
    assert set(seen) <= {"HOPITAL DU PONT", "HOPITAL NEUF"}
    assert seen == sorted(seen)  # never back
    assert (await structures.get(f"Organization/{ET1}"))["name"] == "HOPITAL NEUF"


async def test_a_load_that_breaks_at_the_last_moment_leaves_all_as_it_was(
    structures: Structures, monkeypatch: pytest.MonkeyPatch
) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the machine stops")

    with monkeypatch.context() as patched:
        patched.setattr("socle.foundations.structures.store.settling._remember", broken)
        with pytest.raises(RuntimeError):
            await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1, name="HOPITAL NEUF"), et_line(ET2)))
    assert (await structures.get(f"Organization/{ET1}"))["name"] == "HOPITAL DU PONT"
    assert (await structures.client.get(f"Organization/{ET2}")).status_code == 404


async def test_an_import_that_was_interrupted_goes_on_where_it_was(
    structures: Structures, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = structures.file("ej.csv", csv_text(ej_line(EJ1)))
    second = structures.file("et.csv", csv_text(et_line(ET1), et_line(ET2)))
    stage = staging.stage
    staged = 0

    async def interrupted(database: object, rows: object, trace: object) -> int:
        nonlocal staged
        staged += 1
        if staged == 2:
            raise KeyboardInterrupt
        return await stage(database, rows, trace)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(staging, "stage", interrupted)
        with pytest.raises(KeyboardInterrupt):
            await structures.load(first, second)
    report = await structures.load(first, second)
    assert report.resumed == 1
    assert report.counts == {"ej-created": 1, "et-created": 2, "resources": 5}


async def test_whoever_is_no_operator_loads_nothing(structures: Structures) -> None:
    with pytest.raises(Problem) as refused:
        await structures.load(structures.file("a.csv", csv_text(ej_line(EJ1))), by=ANONYMOUS)
    assert refused.value.kind is Kind.FORBIDDEN


async def test_a_load_leaves_one_trace_that_says_which(structures: Structures) -> None:
    report = await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    rows = await structures.database.query(f"SELECT count(*) AS n FROM {REGISTER}.audit")
    assert rows[0]["n"] >= 1
    assert OPERATOR.name
    assert report.load > 0


async def test_a_file_without_any_line_is_refused(structures: Structures) -> None:
    with pytest.raises(Problem) as refused:
        await structures.load_text(METADATA + "\n")
    assert "Rien à charger" in refused.value.issues[0].text.fr
