"""An independent SOAP client (zeep), which knows nothing but our WSDL, over a real socket."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
import requests
import zeep
import zeep.exceptions
from zeep.transports import Transport
from zeep.wsa import WsAddressingPlugin

BAM = "{urn:siram:bam:ctxbam}"
LPS = "{urn:siram:lps:ctxlps}"


class Software:
    """A publisher's software: what it must write, and nothing more. Call it from a thread."""

    def __init__(self, url: str, key: str = "publisher") -> None:
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"
        self.client = zeep.Client(
            f"{url}/insi/lps?wsdl", transport=Transport(session=self._session), plugins=[WsAddressingPlugin()]
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
        self.client.transport.session.close()

    def headers(self) -> list[object]:
        """ContexteBAM and ContexteLPS, built from the schemas."""
        number, now = str(uuid.uuid4()), "2026-11-22T09:00:00Z"
        bam = self.client.get_element(f"{BAM}ContexteBAM")(
            Version="01_02", Nature="CTXBAM", Id=number, Temps=now, Emetteur="10B0152872", COUVERTURE={}
        )
        lps = {"IDAM": {"_value_1": "IDAM00000001", "R": "4"}, "Version": "1.0", "Instance": number, "Nom": "Essai"}
        context = self.client.get_element(f"{LPS}ContexteLPS")(
            Version="01_00", Nature="CTXLPS", Id=number, Temps=now, Emetteur="10B0152872", LPS=lps
        )
        return [bam, context]

    def search(self, nom: str, prenoms: list[str], sexe: str, date: str) -> object:
        """rechercherInsAvecTraitsIdentite."""
        return self.client.service.rechercherInsAvecTraitsIdentite(
            NomNaissance=nom, Prenom=prenoms, Sexe=sexe, DateNaissance=date, _soapheaders=self.headers()
        )


@pytest.fixture
async def software(url) -> AsyncIterator[Software]:
    """A client of the running server."""
    made = await asyncio.to_thread(Software, url)
    yield made
    made.close()


async def test_the_walk_of_a_publisher(software):
    found = await asyncio.to_thread(software.search, "ECETINSI", ["PIERRE-ALAIN"], "M", "2009-07-14")
    assert (found.CR.CodeCR, found.CR.LibelleCR) == ("00", "OK")
    assert found.INDIVIDU.INSACTIF.IdIndividu.NumIdentifiant == "1090763220834"
    assert [h.IdIndividu.NumIdentifiant for h in found.INDIVIDU.INSHISTO] == ["2090763220834", "2090663220123"]
    assert found.INDIVIDU.TIQ.ListePrenom == "PIERRE-ALAIN MURIEL FLORIANT"
    nobody = await asyncio.to_thread(software.search, "PERSONNE", ["ZOE"], "F", "1975-12-31")
    assert (nobody.CR.CodeCR, nobody.INDIVIDU) == ("01", None)


async def test_a_search_by_card(software):
    def call():
        number = {"NumIdentifiant": "2751263220749", "Cle": "74"}
        return software.client.service.rechercherInsAvecCarteVitale(
            MatriculeIndividu=number, _soapheaders=software.headers()
        )

    assert (await asyncio.to_thread(call)).INDIVIDU.TIQ.NomNaissance == "ADRUN"


async def test_a_fault_is_a_fault_for_zeep(software):
    with pytest.raises(zeep.exceptions.Fault) as caught:
        await asyncio.to_thread(software.search, "ADRUN", ["ZOE"], "X", "1975-12-31")
    fault = caught.value
    assert "Sexe" in fault.message
    assert fault.detail.find("{urn:siram}Erreur").get("code") == "socle_303"


async def test_without_the_right(url):
    stranger = await asyncio.to_thread(Software, url, "stranger")
    with pytest.raises(zeep.exceptions.Fault) as caught:
        await asyncio.to_thread(stranger.search, "ADRUN", ["ZOE"], "F", "1975-12-31")
    stranger.close()
    assert caught.value.detail.find("{urn:siram}Erreur").get("code") == "DESIR_560"
