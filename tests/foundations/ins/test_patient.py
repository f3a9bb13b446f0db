"""An identity as a Patient of FR Core: nothing lost, nothing leaked, legal in every version."""

import json
import tarfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.fhir.packages.making import OFFICIAL, needs_official

from socle.foundations.ins.model import (
    INS,
    Attribut,
    AutoriteAffectation,
    Controle,
    Identite,
    INSHistorique,
    LunarDate,
    MatriculeINS,
    Piece,
    Recuperation,
    Sexe,
    StatutIdentite,
    TraitsComplementaires,
    TraitsStricts,
    TypeDocument,
    VersionFRCore,
)
from socle.foundations.ins.model.document import EQUIVALENTS
from socle.foundations.ins.store import declared, fr_core, from_patient, to_patient
from socle.foundations.ins.store.reading import status_of
from socle.kernel.fhir.check import check

Json = dict[str, Any]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12)
lunar = st.one_of(
    st.dates(date(1900, 1, 1), date(2026, 1, 1)).map(LunarDate.of),
    st.builds(LunarDate, st.integers(1900, 2025), st.integers(0, 12)),
)
numbers = st.sampled_from(["2770101154003", "160012B020777", "7770199351003", "1090763220834"]).map(MatriculeINS)
ins = st.builds(INS, numbers, st.sampled_from(AutoriteAffectation))


@st.composite
def traits(draw: st.DrawFn) -> TraitsStricts:
    prenoms = tuple(draw(st.lists(words, min_size=1, max_size=3)))
    compound = len(prenoms) > 1 and draw(st.booleans())
    first = draw(st.sampled_from(["-", " "])).join(prenoms[:2]) if compound else prenoms[0]
    place = draw(st.sampled_from(["63220", "2A004", "99351", "99999", "01001"]))
    return TraitsStricts(draw(words), first, prenoms, draw(st.sampled_from(Sexe)), draw(lunar), place, compound)


pieces = st.one_of(
    st.sampled_from([Piece(d) for d in TypeDocument if d.high_confidence]),
    st.sampled_from([Piece(*equivalent) for equivalent in sorted(EQUIVALENTS, key=repr)]),
)
texts = st.text("abc é'-", max_size=8).map(str.strip)


@st.composite
def identities(draw: st.DrawFn) -> Identite:
    attributs = draw(st.sampled_from([(), ("HOMA",), ("DOUT",), ("FICT",), ("DOUT", "HOMA")]))
    heavy = {"DOUT", "FICT"} & set(attributs)
    former = tuple(INSHistorique(each) for each in draw(st.lists(ins, max_size=2)))
    recuperation = None if heavy else draw(st.none() | st.builds(Recuperation, ins, st.just(NOW), st.just(former)))
    controle = None if heavy else draw(st.none() | st.builds(Controle, pieces, st.just(NOW.date())))
    return Identite(
        draw(traits()),
        TraitsComplementaires(*(draw(texts) for _ in range(7))),
        frozenset(Attribut(a) for a in attributs),
        recuperation,
        controle,
        ipp=draw(st.sampled_from(["", "100042"])),
    )


versions = st.sampled_from(VersionFRCore)


@given(identities(), versions)
def test_an_identity_is_read_back_but_for_what_insi_answered(identite: Identite, version: VersionFRCore) -> None:
    read = from_patient(to_patient(identite, version=version))
    assert read.traits == identite.traits
    assert read.complementaires == identite.complementaires
    assert read.attributs == identite.attributs
    assert read.controle == identite.controle
    assert (read.methode, read.ipp) == (identite.methode, identite.ipp)


@given(identities(), versions)
def test_the_status_is_read_back_from_every_version(identite: Identite, version: VersionFRCore) -> None:
    assert status_of(to_patient(identite, version=version)) is identite.statut


@given(identities(), versions)
def test_only_a_qualified_patient_carries_an_ins(identite: Identite, version: VersionFRCore) -> None:
    resource = to_patient(identite, version=version)
    carried = declared(resource).ins
    if identite.statut is StatutIdentite.QUAL:
        assert identite.recuperation is not None
        own = identite.recuperation.ins
        assert (own.autorite.system, own.matricule.value) in carried
    else:
        assert not carried
        if identite.recuperation:
            assert identite.recuperation.ins.matricule.numero not in str(resource)


@given(identities(), versions, identities())
def test_nothing_of_an_earlier_identity_remains(after: Identite, version: VersionFRCore, before: Identite) -> None:
    previous = to_patient(before, version=version)
    resource = to_patient(after, previous, version=version)
    assert declared(resource) == declared(to_patient(after, version=version))
    assert len([e for e in resource["extension"] if e["url"] == fr_core.BIRTH_PLACE]) == 1


@given(identities(), versions)
def test_what_is_written_is_legal_r4(identite: Identite, version: VersionFRCore) -> None:
    check(to_patient(identite, version=version))  # raises the Problem that says what is not


@given(identities(), st.sampled_from([VersionFRCore.V2_1, VersionFRCore.V2_2]))
def test_a_patient_that_claims_the_published_profile_keeps_its_invariants(
    identite: Identite, version: VersionFRCore
) -> None:
    resource = to_patient(identite, version=version)
    if resource["meta"]["profile"][0] != fr_core.PATIENT_INS:
        return
    codes = [
        part["valueCoding"]
        for e in resource["extension"]
        if e["url"] == fr_core.RELIABILITY
        for part in e["extension"]
        if part["url"] == "identityStatus"
    ]
    # fr-core-1: VALI asks for an INS. The published invariant looks at the code alone.
    assert "VALI" not in {coding["code"] for coding in codes}
    assert len(resource["name"][0]["given"]) == 1
    assert resource["gender"] in ("male", "female", "unknown")


def _published(code: str, *identifiers: Json) -> Json:
    part = {"url": "identityStatus", "valueCoding": {"system": fr_core.V2_0445, "code": code}}
    reliability = {"url": fr_core.RELIABILITY, "extension": [part]}
    return {"resourceType": "Patient", "extension": [reliability], "identifier": list(identifiers)}


NIR: Json = {"use": "official", "system": "urn:oid:1.2.250.1.213.1.4.8", "value": "277010115400329"}
NSS: Json = {**NIR, "type": {"coding": [{"system": fr_core.V2_0203_HL7, "code": "NH"}]}}


@pytest.mark.parametrize(
    ("resource", "statut"),
    [
        (_published("PROV"), StatutIdentite.PROV),
        (_published("VALI"), StatutIdentite.VALI),  # RNIV's word
        (_published("VALI", NIR), StatutIdentite.QUAL),  # published FR Core's word
        (_published("VALI", NSS), StatutIdentite.VALI),  # a social security number is no INS
        (_published("RECUP"), StatutIdentite.RECUP),
        (_published("QUAL", NIR), StatutIdentite.QUAL),
        (_published("DOUB"), None),
        ({"resourceType": "Patient"}, None),
    ],
)
def test_both_ways_of_saying_a_status_are_read(resource: Json, statut: StatutIdentite | None) -> None:
    assert status_of(resource) is statut


def test_a_former_nir_is_written_as_old_and_a_test_one_is_not() -> None:
    person = TraitsStricts("A", "B", ("B",), Sexe.F, LunarDate(1977, 1, 21), "63220")
    former = INS(MatriculeINS("1770101154003"), AutoriteAffectation.NIR)
    current = INS(MatriculeINS("2770101154003"), AutoriteAffectation.NIR)
    for old, uses in (
        (former, ["official", "old"]),
        (INS(former.matricule, AutoriteAffectation.NIR_TEST), ["official"]),
    ):
        identite = Identite(
            person,
            recuperation=Recuperation(current, NOW - timedelta(days=1), (INSHistorique(old),)),
            controle=Controle(Piece(TypeDocument.PA), NOW.date()),
        )
        resource = to_patient(identite, version=VersionFRCore.V2_2)
        assert [i["use"] for i in resource["identifier"]] == uses


@pytest.mark.parametrize(
    ("code", "display"),
    [(TypeDocument.CS, "Carte de séjour"), (TypeDocument.CE, "Carte Européenne"), (TypeDocument.PA, "Passeport")],
)
def test_a_document_bears_the_name_that_fr_core_gives_it(code: TypeDocument, display: str) -> None:
    assert fr_core.display(fr_core.MODE, code.code, code.label) == display


def _names(package: str) -> dict[tuple[str, str], str]:
    """(system, code): what a published FR Core calls it."""
    found = {}
    with tarfile.open(OFFICIAL / package) as archive:
        for member in archive:
            if "CodeSystem-" in member.name and (file := archive.extractfile(member)) is not None:
                system = json.load(file)
                found |= {(system["url"], one["code"]): one["display"] for one in system["concept"]}
    return found


@needs_official
@pytest.mark.parametrize("package", ["hl7.fhir.fr.core-2.1.0.tgz", "hl7.fhir.fr.core-2.2.0.tgz"])
def test_every_display_is_that_of_the_published_code_systems(package: str) -> None:
    names = _names(package)
    written = [(fr_core.MODE, one.code, one.label) for one in TypeDocument]
    written += [
        (fr_core.V2_0445, one.value, one.label) for one in (*Attribut, StatutIdentite.PROV, StatutIdentite.VALI)
    ]
    known = [(system, code, label) for system, code, label in written if (system, code) in names]
    assert len(known) >= 14
    assert {(s, c): fr_core.display(s, c, label) for s, c, label in known} == {(s, c): names[s, c] for s, c, _ in known}
