"""POST /insi/lps over HTTP: who may call, what a fault looks like, what stays written of a call."""

import socket

import httpx
import pytest
from lxml import etree

from socle.foundations.ins.insi import door
from socle.foundations.ins.insi.api.contract import schemas, wsdl

WSA = "http://www.w3.org/2005/08/addressing"
FAULT_ACTION = "http://www.cnamts.fr/webservice/ICIRService/rechercherInsAvecTraitsIdentite/Fault/Erreur"


class TestWhoMayCall:
    async def test_nobody_is_asked_who_they_are(self, insi):
        answer = await insi.search(key="")
        assert (answer.status, answer.fault) == (401, "socle_401")
        assert answer.headers["www-authenticate"].startswith("Bearer")

    async def test_an_unknown_key_is_refused(self, insi):
        answer = await insi.search(key="inconnue")
        assert (answer.status, answer.fault) == (401, "socle_401")

    async def test_somebody_without_the_right_gets_desir_560(self, insi):
        answer = await insi.search(key="stranger")
        assert (answer.status, answer.fault) == (403, "DESIR_560")
        assert answer.text(".//soap:Fault/soap:Code/soap:Value") == "soap:Sender"

    @pytest.mark.parametrize("key", ["publisher", "agent"])
    async def test_publishers_and_identity_agents_may_search(self, insi, key):
        assert (await insi.search(key=key)).code == "00"


class TestFaults:
    async def test_a_fault_speaks_both_languages_and_carries_its_code(self, insi):
        answer = await insi.search(sexe="X")
        assert answer.status == 400
        assert answer.headers["content-type"].startswith("application/soap+xml")
        assert (answer.fault, answer.erreur.get("severite")) == ("socle_303", "erreur")
        assert answer.erreur.get("messageID") == "uuid:1f7425e2-b913-415c-adaa-785ee1076a70"
        texts = answer.tree.findall(".//{*}Reason/{*}Text")
        assert [t.get("{http://www.w3.org/XML/1998/namespace}lang") for t in texts] == ["fr", "en"]
        assert answer.text("./soap:Header/wsa:RelatesTo") == "uuid:1f7425e2-b913-415c-adaa-785ee1076a70"
        assert answer.text("./soap:Header/wsa:Action") == FAULT_ACTION

    async def test_addressing_faults_use_the_subcodes_of_ws_addressing(self, insi):
        answer = await insi.post(
            insi.envelope(action="urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecCarteVitale")
        )
        assert answer.subcodes == ["wsa:InvalidAddressingHeader", "wsa:ActionMismatch"]
        assert answer.text("./soap:Header/wsa:Action") == WSA + "/fault"

    async def test_what_must_be_understood_and_is_not_is_listed(self, insi):
        security = (
            '<s:Security xmlns:s="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" '
            'soap:mustUnderstand="true"/>'
        )
        answer = await insi.post(insi.envelope(more=security))
        assert (answer.status, answer.fault) == (500, "socle_108")
        assert answer.text(".//soap:Fault/soap:Code/soap:Value") == "soap:MustUnderstand"
        listed = answer.tree.find("./{*}Header/{*}NotUnderstood")
        prefix, _, name = listed.get("qname").partition(":")
        assert (listed.nsmap[prefix].endswith("secext-1.0.xsd"), name) == (True, "Security")

    @pytest.mark.parametrize(
        "more",
        [
            '<s:Security xmlns:s="urn:x"/>',
            '<s:Security xmlns:s="urn:x" soap:mustUnderstand="false"/>',
            '<s:X xmlns:s="urn:x" soap:mustUnderstand="1" soap:role="http://www.w3.org/2003/05/soap-envelope/role/none"/>',
        ],
    )
    async def test_what_need_not_be_understood_is_ignored(self, insi, more):
        assert (await insi.post(insi.envelope(more=more))).code == "00"

    async def test_a_soap_1_1_client_is_told_in_soap_1_1(self, insi):
        envelope = str(insi.envelope()).replace(
            "http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"
        )
        answer = await insi.post(envelope, content_type="text/xml; charset=utf-8")
        assert answer.status == 500
        assert answer.headers["content-type"].startswith("text/xml")
        assert answer.tree.tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
        assert answer.tree.findtext(".//faultcode") == "env:VersionMismatch"
        assert answer.tree.find(".//{http://www.w3.org/2003/05/soap-envelope}SupportedEnvelope") is not None

    @pytest.mark.parametrize("content_type", ["text/xml", "application/json", "application/xml", ""])
    async def test_another_media_type_is_refused(self, insi, content_type):
        answer = await insi.post(insi.envelope(), content_type=content_type)
        assert (answer.status, answer.fault) == (415, "socle_101")

    async def test_a_body_announced_too_large_is_not_read(self, insi):
        headers = {"authorization": "Bearer publisher", "content-type": "application/soap+xml"}

        async def never():
            raise AssertionError("the body was read")
            yield b""

        request = insi.client.build_request(
            "POST", "/insi/lps", content=never(), headers=headers | {"content-length": str(50 << 20)}
        )
        answer = await insi.client.send(request)
        assert answer.status_code == 413
        assert b"socle_102" in answer.content

    async def test_fifty_megabytes_without_a_length_are_cut_short(self, insi):
        sent = 0

        async def chunks():
            nonlocal sent
            for _ in range(800):
                sent += 65_536
                yield b" " * 65_536

        headers = {"authorization": "Bearer publisher", "content-type": "application/soap+xml"}
        request = insi.client.build_request("POST", "/insi/lps", content=chunks(), headers=headers)
        answer = await insi.client.send(request)
        assert answer.status_code == 413
        assert b"socle_102" in answer.content

    async def test_an_error_of_the_house_is_the_national_unavailable_and_says_nothing_else(self, insi):
        await insi.database.close()
        answer = await insi.search()
        assert (answer.status, answer.fault, answer.erreur.get("severite")) == (500, "insi_102", "fatal")
        assert answer.subcodes == ["soap:siram_40"]
        assert answer.text(".//soap:Fault/soap:Code/soap:Value") == "soap:Receiver"
        assert b"ADRUN" not in etree.tostring(answer.tree)

    async def test_other_methods_are_not_allowed(self, insi):
        answer = await insi.client.put("/insi/lps", content=b"")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")

    async def test_hostile_xml_reaches_nothing(self, insi, tmp_path):
        secret = tmp_path / "secret.txt"
        secret.write_text("SECRET")
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            listener.settimeout(0.2)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/x.dtd"
            for before in (
                f'<!DOCTYPE x SYSTEM "{url}">',
                f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>',
            ):
                answer = await insi.post(insi.envelope(before=before, traits={"nom": "&e;"}))
                assert (answer.status, answer.fault) == (400, "socle_104")
                assert b"SECRET" not in etree.tostring(answer.tree)
            with pytest.raises(TimeoutError):
                listener.accept()


async def test_the_direct_door_refuses_what_another_site_sends_in_the_readers_name(insi):
    """It does not pass through the pages, so it carries their protections itself."""
    app = door.direct(insi.house)["/insi/lps"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        headers = {"content-type": "application/soap+xml"}
        foreign = await client.post("/insi/lps", headers=headers | {"cookie": "a=b", "origin": "http://ailleurs"})
        assert foreign.status_code == 403
        right = headers | {"authorization": "Bearer publisher"}
        answer = await client.post("/insi/lps", content=str(insi.envelope()), headers=right)
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"


class TestTraces:
    async def test_a_search_leaves_who_when_the_code_and_an_internal_key_but_no_trait(self, insi):
        before = len(await insi.traces())
        await insi.search(nom="ADRUN", prenoms=("ZOE",))
        [trace] = (await insi.traces())[before:]
        kept = str(trace)
        assert "Éditeur" in kept
        assert "individu/-1" in kept
        assert "CR=00" in kept
        assert "insi:rechercherInsAvecTraitsIdentite" in kept
        for personal in ("ADRUN", "ZOE", "1975", "63220", "2751263220749"):
            assert personal not in kept

    async def test_the_same_traits_leave_the_same_seal_and_others_another(self, insi):
        before = len(await insi.traces())
        for date in ("1975-12-31", "1975-12-31", "1975-12-30"):
            await insi.search(date=date)
        seals = [trace.query for trace in (await insi.traces())[before:]]
        assert seals[0] == seals[1] != seals[2]

    async def test_a_refusal_of_somebody_known_is_kept_and_a_stranger_leaves_nothing(self, insi):
        before = len(await insi.traces())
        await insi.search(key="")
        await insi.search(key="stranger")
        [trace] = (await insi.traces())[before:]
        assert "DESIR_560" in str(trace)

    async def test_claims_of_the_caller_cannot_forge_lines(self, insi):
        before = len(await insi.traces())
        lps = insi.envelope().lps.replace("Essai", "x CR=01\n\u2028 concerns=1")
        await insi.post(insi.envelope(lps=lps))
        [trace] = (await insi.traces())[before:]
        assert "CR=01 " not in trace.detail.partition("lps=")[0]
        assert " " not in trace.detail.partition("lps=")[2]


class TestContract:
    async def test_the_wsdl_gives_the_address_of_this_house(self, insi):
        answer = await insi.client.get("/insi/lps?wsdl")
        assert answer.headers["content-type"].startswith("text/xml")
        assert b'location="http://test/insi/lps"' in answer.content
        assert answer.content == wsdl("http://test/insi/lps")

    async def test_the_schemas_are_beside_it(self, insi):
        for name, content in schemas().items():
            assert (await insi.client.get(f"/insi/xsd/{name}")).content == content
        assert (await insi.client.get("/insi/xsd/autre.xsd")).status_code == 404
        assert (await insi.client.get("/insi/xsd/..%2Finsi.wsdl")).status_code == 404

    async def test_every_answer_is_valid_against_the_published_schema(self, insi):
        schema = etree.XMLSchema(etree.fromstring(schemas()["INSiResultat.xsd"]))
        for traits in (
            {},
            {"nom": "ECETINSI", "prenoms": ("MURIEL",), "sexe": "M", "date": "2009-07-14"},
            {"sexe": "M"},
        ):
            answer = await insi.search(**traits)
            schema.assertValid(answer.tree.find(".//{*}RESULTAT"))

    async def test_every_fault_detail_is_valid_against_the_schema(self, insi):
        schema = etree.XMLSchema(etree.fromstring(schemas()["siram.xsd"]))
        for answer in (await insi.search(key=""), await insi.search(sexe="X")):
            schema.assertValid(answer.erreur)

    def test_the_envelopes_of_these_tests_are_valid_against_the_schemas(self, make, card):
        number = "<NumIdentifiant>2751263220749</NumIdentifiant><Cle>74</Cle>"
        for envelope, element, name in (
            (make(), "RECSANSVITALE", "INSiRecSans.xsd"),
            (card(f"<MatriculeIndividu>{number}</MatriculeIndividu>"), "RECVITALE", "INSiRecVit.xsd"),
            (make(), "ContexteBAM", "ctxbam.xsd"),
            (make(), "ContexteLPS", "ctxlps.xsd"),
        ):
            schema = etree.XMLSchema(etree.fromstring(schemas()[name]))
            schema.assertValid(etree.fromstring(str(envelope).encode()).find(f".//{{*}}{element}"))
