"""Verification by batches: sent as a file, verified in the background, read as a file."""

import asyncio
import csv
import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.foundations.ins.insi.lot import actions, store
from socle.foundations.ins.insi.lot.model import FINAL, TRANSITIONS, Etat, Motif
from socle.foundations.ins.insi.lot.parse import CSV, NDJSON, Lines, reader
from socle.foundations.ins.population import generate
from socle.kernel.outcome import Problem

HEADER = "matricule;oid;nom_naissance;prenoms;sexe;date_naissance;lieu_naissance;reference"
ZOE = "275126322074974;1.2.250.1.213.1.4.8;ADRUN;ZOE;F;1975-12-31;63220;r1"


def line_of(personne, reference: str = "") -> str:
    """A person of the population as a line."""
    return ";".join(
        (
            personne.numero + personne.cle,
            personne.oid,
            personne.nom_naissance,
            personne.prenoms,
            personne.sexe,
            personne.date_naissance,
            personne.lieu_naissance,
            reference,
        )
    )


class Batches:
    """What a publisher does with batches; `work` is the job that the house would run."""

    def __init__(self, insi):
        self._insi = insi
        self.database = insi.database

    async def send(self, content, *, key="publisher", kind=CSV):
        content = content.encode() if isinstance(content, str) else content
        headers = {"authorization": f"Bearer {key}", "content-type": kind}
        return await self._insi.client.post("/insi/lot", content=content, headers=headers)

    async def sent(self, *lines, kind=CSV) -> str:
        answer = await self.send("\n".join([HEADER, *lines]) if kind == CSV else "\n".join(lines), kind=kind)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    async def work(self):
        for row in await self.database.query(
            "SELECT arguments::text AS a FROM house.job WHERE name = 'insi.lot' ORDER BY id"
        ):
            trace = actions.system_trace(self._insi.clock(), "insi:lot")
            await actions.verify(self.database, json.loads(row["a"]), trace)

    async def call(self, method, path, *, key="publisher"):
        return await self._insi.client.request(method, f"/insi/lot{path}", headers={"authorization": f"Bearer {key}"})

    async def results(self, lot) -> list[dict[str, str]]:
        answer = await self.call("GET", f"/{lot}/resultat")
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text), delimiter=";"))


@pytest.fixture
def batches(insi):
    return Batches(insi)


# A line, why it is KO ("" when it is OK), the detail.
# fmt: off
VERDICTS = [
    (ZOE, "", ""),
    (ZOE.replace("275126322074974", "2751263220749"), "", ""),
    (ZOE.replace("275126322074974", "2 75 12 63 220 749 74"), "", ""),
    (ZOE.replace("ZOE", "zoé"), "", ""),
    (ZOE.replace(";63220;", ";;"), "", ""),
    (ZOE.replace("ADRUN", "ADRUNE"), "TRAITS", "nom_naissance"),
    (ZOE.replace("ZOE;F;1975-12-31;63220", "ZELDA;M;1975-12-30;75056"), "TRAITS",
     "prenoms,sexe,date_naissance,lieu_naissance"),
    (ZOE.replace("074974", "074975"), "CLE", ""),
    (ZOE.replace(".4.8", ".4.10"), "INCONNU", ""),
    (ZOE.replace("275126322074974", "2751263220748"), "INCONNU", ""),
    ("209076322083439;1.2.250.1.213.1.4.8;ECETINSI;PIERRE-ALAIN;M;2009-07-14;;", "ANCIEN", ""),
    ("109076322083489;1.2.250.1.213.1.4.8;ECETINSI;PIERRE-ALAIN;M;2009-07-14;;", "", ""),
    ("109076322083489;1.2.250.1.213.1.4.8;ECETINSI;PIERRE ALAIN MURIEL FLORIANT;M;2009-07-14;;", "", ""),
    ("109076322083489;1.2.250.1.213.1.4.8;ECETINSI;PIERRE;M;2009-07-14;;", "TRAITS", "prenoms"),
    (ZOE.replace(".4.8", ".9.9"), "OID", ""),
    (ZOE.replace("1975-12-31", "31-12-75"), "FORMAT", "date_naissance"),
    (ZOE.replace(";F;", ";X;"), "FORMAT", "sexe : M ou F"),
    (ZOE.replace("ADRUN", "ADRUN2"), "FORMAT", "nom_naissance"),
    ("2751", "FORMAT", "1 colonnes au lieu de 8"),
]
# fmt: on


class TestVerdicts:
    async def test_each_line_is_confirmed_or_says_why_not(self, batches):
        lot = await batches.sent(*(line for line, _, _ in VERDICTS))
        await batches.work()
        results = await batches.results(lot)
        assert len(results) == len(VERDICTS)
        for number, (result, (line, motif, detail)) in enumerate(zip(results, VERDICTS, strict=True), 2):
            said = (result["ligne"], result["resultat"], result["motif"], result["detail"])
            assert said == (str(number), "KO" if motif else "OK", motif, detail), line

    async def test_a_whole_population_is_confirmed(self, batches):
        people = list(generate(300))
        lot = await batches.sent(*(line_of(p, f"p{p.rang}") for p in people))
        await batches.work()
        results = await batches.results(lot)
        assert {r["resultat"] for r in results} == {"OK"}
        assert [(r["ligne"], r["reference"]) for r in results] == [(str(p.rang + 2), f"p{p.rang}") for p in people]
        status = (await batches.call("GET", f"/{lot}")).json()
        assert (status["etat"], status["lignes"], status["traitees"], status["ok"]) == ("termine", 300, 300, 300)

    async def test_ndjson_and_comma_separated_files_are_read_too(self, batches):
        ndjson = (
            '{"matricule":"275126322074974","oid":"1.2.250.1.213.1.4.8","nom_naissance":"ADRUN","prenoms":"ZOE",'
            '"sexe":"F","date_naissance":"1975-12-31"}'
        )
        lot = await batches.sent(ndjson, "", '{"matricule": 1}', "[]", kind=NDJSON)
        comma = (
            await batches.send("\ufeff" + HEADER.replace(";", ",") + "\r\n" + ZOE.replace(";", ",") + "\r\n")
        ).json()
        await batches.work()
        assert [(r["ligne"], r["resultat"], r["motif"]) for r in await batches.results(lot)] == [
            ("1", "OK", ""),
            ("3", "KO", "FORMAT"),
            ("4", "KO", "FORMAT"),
        ]
        assert [r["resultat"] for r in await batches.results(comma["id"])] == ["OK"]


class TestLife:
    async def test_sending_answers_202_and_where_to_follow(self, batches):
        answer = await batches.send(f"{HEADER}\n{ZOE}")
        assert answer.headers["location"] == f"http://test/insi/lot/{answer.json()['id']}"
        assert answer.json()["etat"] == "attente"
        listed = (await batches.call("GET", "")).json()
        assert [lot["id"] for lot in listed] == [answer.json()["id"]]

    async def test_results_cannot_be_read_before_the_end(self, batches):
        lot = await batches.sent(ZOE)
        assert (await batches.call("GET", f"/{lot}/resultat")).status_code == 409

    async def test_somebody_elses_batch_does_not_exist(self, batches):
        lot = await batches.sent(ZOE)
        for method, path in (("GET", ""), ("GET", "/resultat"), ("DELETE", ""), ("POST", "/annulation")):
            assert (await batches.call(method, f"/{lot}{path}", key="agent")).status_code == 404
        assert (await batches.call("GET", f"/{lot}")).status_code == 200

    async def test_who_may(self, batches):
        assert (await batches.send(ZOE, key="inconnue")).status_code == 401
        answer = await batches.send(f"{HEADER}\n{ZOE}", key="stranger")
        assert (answer.status_code, answer.json()["resourceType"]) == (403, "OperationOutcome")

    async def test_a_crash_between_two_slices_loses_nothing_and_repeats_nothing(self, batches, monkeypatch):
        monkeypatch.setattr(store, "SLICE", 100)
        people = list(generate(250))
        lot = await batches.sent(*(line_of(p) for p in people))
        real, calls = batches.database.write, 0

        async def dies(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == 3:
                raise ConnectionError("the machine stops here")
            await real(*args, **kwargs)

        monkeypatch.setattr(batches.database, "write", dies)
        with pytest.raises(ConnectionError):
            await batches.work()
        monkeypatch.setattr(batches.database, "write", real)
        status = (await batches.call("GET", f"/{lot}")).json()
        assert (status["etat"], status["traitees"]) == ("traitement", 100)
        await batches.work()
        assert len(await batches.results(lot)) == 250
        assert (await batches.call("GET", f"/{lot}")).json()["ok"] == 250

    async def test_two_workers_on_one_batch_count_each_line_once(self, batches, monkeypatch):
        monkeypatch.setattr(store, "SLICE", 40)
        lot = await batches.sent(*(line_of(p) for p in generate(200)))
        await asyncio.gather(batches.work(), batches.work())
        assert len(await batches.results(lot)) == 200
        assert (await batches.call("GET", f"/{lot}")).json()["ok"] == 200

    async def test_a_start_takes_up_what_a_stop_interrupted_and_forgets_half_received_batches(self, batches, insi):
        lot = await batches.sent(ZOE)
        await batches.database.write(
            "insi", [("DELETE FROM house.job", ())], actions.system_trace(insi.clock(), "test")
        )
        lots = store.Lots(batches.database)
        await lots.open("moitie", "a1", insi.clock(), actions.system_trace(insi.clock(), "test"))
        insi.clock.pass_by(hours=7)
        await actions.resume(batches.database, insi.clock())
        await batches.work()
        assert (await batches.call("GET", f"/{lot}")).json()["etat"] == "termine"
        assert await lots.find("moitie") is None

    async def test_a_cancelled_batch_is_no_longer_verified_and_keeps_what_was_found(self, batches, monkeypatch):
        lot = await batches.sent(ZOE)
        assert (await batches.call("POST", f"/{lot}/annulation")).json()["etat"] == "annule"
        await batches.work()
        assert await batches.results(lot) == []
        assert (await batches.call("POST", f"/{lot}/annulation")).status_code == 409

    async def test_deleting_forgets_lines_and_results(self, batches):
        lot = await batches.sent(ZOE, ZOE)
        await batches.work()
        assert (await batches.call("DELETE", f"/{lot}")).status_code == 204
        assert (await batches.call("GET", f"/{lot}")).status_code == 404
        for table in ("lot", "lot_line", "lot_result"):
            assert (await batches.database.query(f"SELECT count(*) AS n FROM insi.{table}"))[0]["n"] == 0

    async def test_after_seven_days_a_batch_is_gone(self, batches, insi):
        old = await batches.sent(ZOE)
        insi.clock.pass_by(days=7, seconds=1)
        assert (await batches.call("GET", f"/{old}")).status_code == 404
        await batches.sent(ZOE)
        rows = await batches.database.query("SELECT count(*) AS n FROM insi.lot_line")
        assert rows[0]["n"] == 1

    async def test_each_slice_leaves_a_trace_with_the_persons_concerned(self, batches, insi):
        await batches.sent(ZOE)
        await batches.work()
        concerned = [event.concerns for event in await insi.traces() if event.concerns]
        assert concerned == [("individu/-1",)]
        assert "ADRUN" not in str(await insi.traces())


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "kind", "status", "said"),
        [
            ("", CSV, 400, "vide"),
            (HEADER, CSV, 400, "vide"),
            (f"{HEADER.replace('oid', 'autre')}\n{ZOE}", CSV, 400, "manquent : oid"),
            (f"{HEADER};oid\n{ZOE}", CSV, 400, "Ligne 1"),
            (f"{HEADER}\n{'x' * 3_000}", CSV, 413, "Ligne 2"),
            (f"{HEADER}\n{ZOE}", "application/json", 415, "text/csv"),
            (f"{HEADER}\n{ZOE}", "text/csv; charset=latin-1", 415, "UTF-8"),
        ],
    )
    async def test_a_file_that_is_not_one_is_refused_and_leaves_nothing(self, batches, content, kind, status, said):
        answer = await batches.send(content, kind=kind)
        assert answer.status_code == status
        assert said in answer.json()["issue"][0]["diagnostics"]
        for table in ("lot", "lot_line"):
            assert (await batches.database.query(f"SELECT count(*) AS n FROM insi.{table}"))[0]["n"] == 0

    async def test_a_line_that_never_ends_is_cut_short(self, batches, insi):
        sent = 0

        async def chunks():
            nonlocal sent
            yield f"{HEADER}\n".encode()
            for _ in range(1_000):
                sent += 65_536
                yield b"x" * 65_536

        headers = {"authorization": "Bearer publisher", "content-type": CSV}
        answer = await insi.client.post("/insi/lot", content=chunks(), headers=headers)
        assert answer.status_code == 413

    async def test_too_many_lines(self, batches, monkeypatch):
        monkeypatch.setattr(actions, "MAX_LINES", 3)
        answer = await batches.send("\n".join([HEADER, *[ZOE] * 4]))
        assert answer.status_code == 413
        assert "Ligne 5" in answer.json()["issue"][0]["diagnostics"]

    async def test_nobody_fills_the_disk_with_batches(self, batches, monkeypatch):
        monkeypatch.setattr(actions, "MAX_LOTS", 1)
        first = await batches.sent(ZOE)
        assert (await batches.send(f"{HEADER}\n{ZOE}")).status_code == 429
        await batches.call("DELETE", f"/{first}")
        assert (await batches.send(f"{HEADER}\n{ZOE}")).status_code == 202

    async def test_unknown_addresses_and_methods(self, batches):
        assert (await batches.call("GET", "/x/autre")).status_code == 404
        assert (await batches.call("PUT", "/x")).headers["allow"] == "GET, DELETE"
        assert (await batches.call("PATCH", "")).headers["allow"] == "GET, POST"


class TestReading:
    @given(st.binary(max_size=400), st.lists(st.integers(1, 50), max_size=20))
    def test_lines_are_the_same_however_the_bytes_are_cut(self, content, cuts):
        content = content.replace(b"\r", b"")
        lines, out, position = Lines(), [], 0
        for cut in cuts:
            out += lines.feed(content[position : position + cut])
            position += cut
        out += [*lines.feed(content[position:]), *lines.end()]
        expected = [(n, line.strip()) for n, line in enumerate(content.split(b"\n"), 1) if line.strip()]
        assert out == expected

    @given(st.binary(max_size=200))
    def test_any_line_is_read_or_says_why_not(self, content):
        for kind, first in ((CSV, HEADER.encode()), (NDJSON, b"")):
            read, _ = reader(kind, first)
            line = read(7, content.replace(b"\n", b" "))
            assert line.n == 7
            assert (line.matricule is None) == (line.motif is not None)

    @given(st.binary(max_size=100) | st.text(st.characters(codec="utf-8"), max_size=100).map(str.encode))
    def test_any_header_is_understood_or_refused(self, header):
        with suppress(Problem):  # and nothing else
            reader(CSV, header)


def test_every_state_but_the_last_ones_leads_somewhere():
    assert {Etat.TERMINE, Etat.ANNULE} == FINAL
    assert {to for following in TRANSITIONS.values() for to in following} == set(Etat) - {Etat.RECEPTION}
    assert Motif.OK == "OK"
