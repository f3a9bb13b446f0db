"""What is checked of an envelope, and how each fault says what is wrong. Everything stops before any base."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from socle.foundations.ins.insi.soap import body, faults, headers, parse
from socle.foundations.ins.insi.soap.names import ACTION, SIRAM, SOAP, SOAP_11
from socle.foundations.ins.model import normalise_nom, normalise_prenom
from socle.kernel.outcome import Problem


def check(message, *, action=""):
    """The door's own order: envelope, must understand, headers, body."""
    content = message if isinstance(message, bytes) else str(message).encode()
    blocks, payload = parse.parts(parse.envelope(content))
    context = headers.context(blocks, action)
    return context, body.request(context.operation, payload)


def refused(message, **options) -> str:
    """The code of the fault."""
    with pytest.raises(Problem) as caught:
        check(message, **options)
    problem = caught.value
    for issue in problem.issues:
        assert issue.text.fr
        assert issue.text.en
        assert issue.text.fr != issue.text.en
    return faults.of(problem).code


def test_a_right_envelope_says_who_calls_and_what_is_sought(make):
    context, demande = check(make())
    assert context.operation == "rechercherInsAvecTraitsIdentite"
    assert (context.emetteur, context.idam, context.logiciel) == ("10B0152872", "IDAM00000001", "Essai 1.0")
    assert context.uuid == "1f7425e2-b913-415c-adaa-785ee1076a70"
    assert (demande.nom_naissance, demande.prenoms, str(demande.date_naissance)) == ("ADRUN", ("ZOE",), "1975-12-31")


class TestAddressing:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"action": ""}, "socle_201"),
            ({"action": ACTION + "supprimerTout"}, "socle_202"),
            ({"action": "rechercherInsAvecTraitsIdentite"}, "socle_202"),
            ({"action": ACTION + "rechercherInsAvecCarteVitale"}, "socle_203"),
            ({"message": ""}, "socle_204"),
            ({"message": "1f7425e2-b913-415c-adaa-785ee1076a70"}, "socle_204"),
            ({"message": "uuid:1f7425e2"}, "socle_204"),
            ({"more": "<wsa:To>https://qualiflps-services-ps-tlsm.ameli.fr:443/lps</wsa:To>"}, "socle_205"),
            ({"more": "<wsa:To>file:///insi/lps</wsa:To>"}, "socle_205"),
            ({"more": "<wsa:ReplyTo><wsa:Address>http://ailleurs/</wsa:Address></wsa:ReplyTo>"}, "socle_206"),
            ({"more": "<wsa:FaultTo/>"}, "socle_206"),
            ({"more": "<wsa:MessageID>uuid:1f7425e2-b913-415c-adaa-785ee1076a70</wsa:MessageID>"}, "socle_207"),
        ],
    )
    def test_a_wrong_header_is_named(self, make, change, code):
        assert refused(make(**change)) == code

    @pytest.mark.parametrize(
        "more",
        [
            "<wsa:To>http://127.0.0.1:8000/insi/lps</wsa:To>",
            "<wsa:To>https://maison.example/insi/lps</wsa:To>",
            "<wsa:To>http://www.w3.org/2005/08/addressing/anonymous</wsa:To>",
            "<wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>",
            '<x:Autre xmlns:x="urn:x">ignoré</x:Autre>',
        ],
    )
    def test_a_legal_header_passes(self, make, more):
        check(make(more=more))

    def test_urn_uuid_is_accepted_as_message_id(self, make):
        assert check(make(message="urn:uuid:1F7425E2-b913-415c-adaa-785ee1076a70"))[0].uuid.startswith("1f7425e2")

    def test_the_action_of_content_type_must_be_the_same(self, make):
        check(make(), action=ACTION + "rechercherInsAvecTraitsIdentite")
        assert refused(make(), action=ACTION + "rechercherInsAvecCarteVitale") == "socle_203"


class TestContexts:
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ('Version="01_02"', 'Version="01_01"', "socle_212"),
            ('Nature="CTXBAM"', 'Nature="CTXLPS"', "socle_212"),
            ("<b:Id>1</b:Id>", "", "socle_212"),
            ("<b:Id>1</b:Id>", "<b:Id> </b:Id>", "socle_212"),
            ("<b:COUVERTURE/>", "", "socle_212"),
            ("<b:COUVERTURE/>", "<b:COUVERTURE/><b:COUVERTURE/>", "socle_212"),
            ("2026-11-22T09:00:00.000Z", "22/11/2026", "socle_212"),
            ("2026-11-22T09:00:00.000Z", "2026-13-22T09:00:00Z", "socle_212"),
            ("<b:Id>1</b:Id>", "<b:Id>1</b:Id><b:Inconnu/>", "socle_212"),
            ("<b:Id>1</b:Id>", "<b:Id>" + "1" * 300 + "</b:Id>", "socle_212"),
        ],
    )
    def test_contexte_bam(self, make, old, new, code):
        right = make().bam
        assert old in right
        assert refused(make(bam=right.replace(old, new))) == code

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('Version="01_00"', 'Version="01_02"'),
            ('Nature="CTXLPS"', 'Nature="CTXBAM"'),
            ('R="4"', 'R="5"'),
            (' R="4"', ""),
            ("IDAM00000001", ""),
            ("<l:Version>1.0</l:Version>", ""),
            ("<l:Instance>b3549edd-4ae9-472a-b26f-fd2fb4ef397f</l:Instance>", ""),
            ("<l:Nom>Essai</l:Nom>", ""),
            ("2026-11-22T09:00:00Z", "maintenant"),
        ],
    )
    def test_contexte_lps(self, make, old, new):
        right = make().lps
        assert old in right
        assert refused(make(lps=right.replace(old, new))) == "socle_222"

    def test_both_contexts_are_required(self, make):
        assert refused(make(bam="")) == "socle_211"
        assert refused(make(lps="")) == "socle_221"

    def test_nature_and_emetteur_of_the_bam_are_optional_as_in_the_schema(self, make):
        bam = make().bam.replace(' Nature="CTXBAM"', "").replace("<b:Emetteur>10B0152872</b:Emetteur>", "")
        check(make(bam=bam))


class TestBody:
    @pytest.mark.parametrize(
        ("traits", "code"),
        [
            ({"nom": ""}, "socle_303"),
            ({"nom": "ADRUN2"}, "socle_303"),
            ({"nom": "АДРУН"}, "socle_303"),
            ({"nom": "A" * 101}, "socle_303"),
            ({"prenoms": ()}, "socle_302"),
            ({"prenoms": ("ZOE;",)}, "socle_303"),
            ({"prenoms": ("ZOE",) * 11}, "socle_301"),
            ({"sexe": "I"}, "socle_303"),
            ({"sexe": "f"}, "socle_303"),
            ({"date": "31/12/1975"}, "socle_303"),
            ({"date": "1975-13-31"}, "socle_303"),
            ({"date": "1975-02-30"}, "socle_303"),
            ({"date": "1975"}, "socle_303"),
            ({"lieu": "6322"}, "socle_303"),
            ({"lieu": "2C020"}, "socle_303"),
        ],
    )
    def test_a_wrong_trait_is_refused(self, make, traits, code):
        assert refused(make(traits=traits)) == code

    @pytest.mark.parametrize(
        "traits", [{"date": "1975-00-00"}, {"date": "1975-12-00"}, {"lieu": "2b020"}, {"nom": "É"}]
    )
    def test_lunar_dates_corsica_and_accents_are_legal(self, make, traits):
        check(make(traits=traits))

    def test_elements_must_come_in_the_order_of_the_schema(self, make):
        right = make().__str__()
        moved = right.replace("<Sexe>F</Sexe>", "").replace("<Prenom>", "<Sexe>F</Sexe><Prenom>")
        assert refused(moved) == "socle_301"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("<Sexe>F</Sexe>", "<Sexe>F</Sexe><Sexe>F</Sexe>"),
            ("<Sexe>F</Sexe>", "<Sexe>F</Sexe><Adresse/>"),
            ("<Sexe>F</Sexe>", '<Sexe xmlns="urn:autre">F</Sexe>'),
            ("ADRUN", "<Nom>ADRUN</Nom>"),
            ("ADRUN", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
        ],
    )
    def test_what_the_schema_does_not_know_is_refused(self, make, old, new):
        assert refused(str(make()).replace(old, new)) == "socle_301"

    @pytest.mark.parametrize("missing", ["NomNaissance", "Prenom", "Sexe", "DateNaissance"])
    def test_a_search_needs_four_traits(self, make, missing):
        tree = etree.fromstring(str(make()).encode())
        for element in tree.findall(f".//{{*}}{missing}"):
            element.getparent().remove(element)
        assert refused(etree.tostring(tree)) == "socle_302"

    def test_a_date_that_does_not_exist_is_told_in_the_form_that_this_service_takes(self):
        with pytest.raises(Problem) as caught:
            body.date_naissance("1975-02-30", "DateNaissance")
        said = caught.value.issues[0].text.fr
        assert said.startswith("DateNaissance : ")
        assert "JJ/MM/AAAA" not in said

    def test_a_card_without_number_is_refused(self, card):
        assert refused(card("<DateNaissance>1975-12-31</DateNaissance>")) == "socle_302"

    def test_the_key_of_a_card_number_is_checked(self, card):
        wrong = "<NumIdentifiant>2751263220749</NumIdentifiant><Cle>75</Cle>"
        assert refused(card(f"<MatriculeIndividu>{wrong}</MatriculeIndividu>")) == "socle_304"

    def test_two_payloads_are_one_too_many(self, make):
        twice = make().__str__().replace("<soap:Body>", "<soap:Body><x/>")
        assert refused(twice) == "socle_106"


@given(st.text("ABZ '-éœ", min_size=1, max_size=12))
def test_names_are_those_that_the_model_makes_of_them(name):
    """The door recognises what is normal already, without asking the model: they must agree."""
    for read, normalise in ((body.nom, normalise_nom), (body.prenom, normalise_prenom)):
        try:
            expected = normalise(name)
        except Problem:
            with pytest.raises(Problem):
                read(name, "Nom")
        else:
            assert read(name, "Nom") == expected


class TestHostile:
    """Bytes made to harm: a clear fault, little time, little memory."""

    LAUGHS = (
        '<!DOCTYPE lolz [<!ENTITY lol "lol">'
        + "".join(f'<!ENTITY lol{i} "{f"&lol{i - 1};" * 10}">' for i in range(1, 10)).replace("&lol0;", "&lol;")
        + "]>"
    )

    @pytest.mark.parametrize(
        "before",
        [
            LAUGHS,
            '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE x PUBLIC "a" "b">',
        ],
    )
    def test_a_dtd_is_refused_before_it_is_parsed(self, make, before):
        assert refused(make(before=before)) == "socle_104"

    def test_a_dtd_hidden_in_utf_16_is_seen(self, make):
        hidden = make(before='<!DOCTYPE x [<!ENTITY e "e">]>')
        assert refused(str(hidden).encode("utf-16")) == "socle_104"

    def test_a_dtd_hidden_in_utf_7_is_not_read(self, make):
        hidden = str(make(before='<?xml version="1.0" encoding="utf-7"?><!DOCTYPE x>')).encode("utf-7")
        assert refused(hidden) in ("socle_103", "socle_105")

    def test_an_undeclared_entity_is_not_well_formed(self, make):
        assert refused(make(traits={"nom": "&secret;"})) == "socle_105"

    @pytest.mark.parametrize("keep", [10, 200, 900, -1])
    def test_a_truncated_envelope_is_not_well_formed(self, make, keep):
        assert refused(str(make()).encode()[:keep]) in ("socle_105", "socle_106")

    @pytest.mark.parametrize("content", [b"", b" ", b"\x00\x01", b"{}", b"<a", b"</a>", b"<a/><b/>"])
    def test_what_is_not_xml_is_said_so(self, content):
        assert refused(content) == "socle_105"

    @pytest.mark.parametrize("content", [b"<a/>", b"<x:a xmlns:x='urn:x'/>"])
    def test_what_is_not_an_envelope_is_said_so(self, content):
        assert refused(content) == "socle_106"

    def test_nesting_has_a_bound(self, make):
        deep = "<a>" * 5_000 + "</a>" * 5_000
        assert refused(make(more=deep)) == "socle_105"

    def test_a_huge_attribute_is_too_large(self, make):
        assert refused(make(more=f'<a b="{"x" * 300_000}"/>')) == "socle_102"

    def test_many_attributes_are_read_in_bounded_time(self, make):
        many = " ".join(f'a{i}="{i}"' for i in range(15_000))
        check(make(more=f"<a {many}/>"))

    def test_bytes_in_another_encoding_than_announced(self, make):
        assert refused(str(make(traits={"nom": "É"})).encode("latin-1")) == "socle_103"

    @pytest.mark.parametrize("name", ["iso-8859-1", "ISO-8859-15", "windows-1252", "utf-8", "us-ascii"])
    def test_encodings_of_french_software_are_read(self, make, name):
        text = str(make(before=f'<?xml version="1.0" encoding="{name}"?>', traits={"nom": "ADRUN"}))
        check(text.encode(name))

    def test_an_accent_in_latin_1_is_the_same_letter(self, make):
        text = str(make(before='<?xml version="1.0" encoding="iso-8859-1"?>', traits={"nom": "Hélène"}))
        assert check(text.encode("latin-1"))[1].nom_naissance == "HELENE"

    @pytest.mark.parametrize("name", ["utf-7", "cp037", "base64", "hex", "x-user", "idna"])
    def test_other_encodings_are_refused(self, make, name):
        assert refused(str(make(before=f'<?xml version="1.0" encoding="{name}"?>'))) == "socle_103"

    def test_soap_1_1_is_a_version_mismatch(self, make):
        assert refused(str(make()).replace(SOAP, SOAP_11)) == "socle_107"

    def test_an_unknown_version_is_a_version_mismatch(self, make):
        assert refused(str(make()).replace(SOAP, "urn:soap-2")) == "socle_109"

    @given(st.binary(max_size=300))
    def test_any_bytes_are_refused_cleanly(self, content):
        with pytest.raises(Problem) as caught:
            check(content)
        assert faults.of(caught.value).code.startswith("socle_1")

    @given(st.data())
    def test_an_envelope_damaged_anywhere_is_answered_or_refused_cleanly(self, make, data):
        content = bytearray(str(make()).encode())
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
        with suppress(Problem):  # and nothing else
            check(bytes(content))


def test_every_fault_has_a_place_in_one_of_the_families():
    for code, fault in faults.FAULTS.items():
        assert code.startswith(("socle_1", "socle_2", "socle_3", "socle_401", "insi_", "DESIR_"))
        assert fault.status in (400, 401, 403, 413, 415, 500)
        assert fault.severite in ("erreur", "fatal")
    assert SIRAM == "urn:siram"
