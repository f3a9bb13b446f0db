"""Terminologies of the official shapes, synthetic: read by the loaders, each in a process of its own.

    python -m bench.terminologies [--quick] [--formats rf2,loinc,claml,svs,fhir,csv]

Files are made before the clock starts. Concepts a second are of CPU time (the machine may be busy), sifting (codes given twice,
unknown parents) among it; the peak of memory is that of the process. The yardstick is `wc -l` in Python: the same bytes read line
by line, with nothing understood.
"""

import argparse
import json
import multiprocessing
import random
import resource
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from socle.foundations.terminologies.loaders import Options, Watch, opened, read
from socle.foundations.terminologies.loaders.rf2 import check_digit
from socle.foundations.terminologies.loaders.sifting import sifted
from socle.foundations.terminologies.model import Loaded

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = (
    "fracture",
    "infection",
    "structure",
    "artère",
    "membre",
    "supérieur",
    "droit",
    "gauche",
    "aigu",
    "chronique",
    "traitement",
    "chirurgical",
    "mesure",
    "glucose",
    "sérum",
    "plasma",
    "insuffisance",
    "cardiaque",
    "rénale",
    "douleur",
    "abdominale",
    "lésion",
    "tumeur",
    "bénigne",
    "maligne",
    "antécédent",
    "familial",
)
SIZES = {"rf2": 350_000, "loinc": 100_000, "claml": 20_000, "svs": 20_000, "fhir": 200_000, "csv": 1_000_000}


def words(dice: random.Random, count: int) -> str:
    """A plausible name."""
    return " ".join(dice.choices(WORDS, k=count)).capitalize()


def sctid(number: int, partition: str) -> str:
    """An identifier of SNOMED CT with its check digit."""
    digits = f"{number + 1_000}{partition}"
    return digits + check_digit(digits)


def make_rf2(folder: Path, count: int) -> Path:
    """Four descriptions, one and a half parents, three attributes a concept; two language reference sets; ten reference sets."""
    dice = random.Random(1)
    top = folder / "rf2" / "Snapshot"
    for name in ("Terminology", "Refset/Language", "Refset/Content"):
        (top / name).mkdir(parents=True)
    module, status = "900000000000207008", "900000000000074008"
    ids = [sctid(n, "00") for n in range(count)]
    with (top / "Terminology/sct2_Concept_Snapshot_INT_20260101.txt").open("w", encoding="utf-8") as out:
        out.write("id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n")
        for n, id in enumerate(ids):
            out.write(f"{id}\t20260101\t{int(n % 12 != 11)}\t{module}\t{status}\n")
    with (
        (top / "Terminology/sct2_Description_Snapshot-en_INT_20260101.txt").open("w", encoding="utf-8") as out,
        (top / "Refset/Language/der2_cRefset_LanguageSnapshot-en_INT_20260101.txt").open("w", encoding="utf-8") as said,
    ):
        out.write("id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n")
        said.write("id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\tacceptabilityId\n")
        for n, id in enumerate(ids):
            for k in range(4):
                described = f"{n * 4 + k + 1_000_000}"
                language, kind = ("en", "fr")[k // 2], ("900000000000003001", "900000000000013009")[k % 2]
                out.write(f"{described}\t20260101\t1\t{module}\t{id}\t{language}\t{kind}\t{words(dice, 4)}\tx\n")
                refset = ("900000000000509007", "21000241105")[k // 2]
                said.write(f"{described}-u\t20260101\t1\t{module}\t{refset}\t{described}\t900000000000548007\n")
    with (top / "Terminology/sct2_Relationship_Snapshot_INT_20260101.txt").open("w", encoding="utf-8") as out:
        out.write(
            "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\t"
            "modifierId\n"
        )
        for n, id in enumerate(ids):
            if n == 0 or n % 12 == 11:
                continue
            parents = {n // 8, max(0, n // 8 - 1)} if n % 2 else {n // 8}
            for parent in (each for each in parents if each != n and (each % 12 != 11 or each == 0)):
                out.write(f"{n}\t20260101\t1\t{module}\t{id}\t{ids[parent]}\t0\t116680003\t900000000000011006\tx\n")
            for k in range(3):
                kind = ids[20 + k]
                value = ids[dice.randrange(count)]
                out.write(f"{n}\t20260101\t1\t{module}\t{id}\t{value}\t{k // 2 + 1}\t{kind}\t900000000000011006\tx\n")
    with (top / "Refset/Content/der2_Refset_SimpleSnapshot_INT_20260101.txt").open("w", encoding="utf-8") as out:
        out.write("id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\n")
        for n in range(0, count, 3):
            out.write(f"u{n}\t20260101\t1\t{module}\t{ids[n % 10]}\t{ids[n]}\n")
    return zipped(folder / "SnomedCT_Synthetic.zip", folder / "rf2")


def loinc_number(n: int) -> str:
    """A LOINC code with its check digit."""
    digits, total = str(n + 1), 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return f"{digits}-{(10 - total % 10) % 10}"


def make_loinc(folder: Path, count: int) -> Path:
    """Terms with their six axes, parts, a hierarchy, French names."""
    dice = random.Random(2)
    top = folder / "loinc"
    for name in ("LoincTable", "AccessoryFiles/PartFile", "AccessoryFiles/ComponentHierarchyBySystem"):
        (top / name).mkdir(parents=True)
    (top / "AccessoryFiles/LinguisticVariants").mkdir()
    parts = count // 2
    with (top / "LoincTable/Loinc.csv").open("w", encoding="utf-8") as out:
        out.write(
            "LOINC_NUM,COMPONENT,PROPERTY,TIME_ASPCT,SYSTEM,SCALE_TYP,METHOD_TYP,CLASS,VersionLastChanged,STATUS,CONSUMER_NAME,"
            "CLASSTYPE,SHORTNAME,LONG_COMMON_NAME,DisplayName\n"
        )
        for n in range(count):
            out.write(
                f'"{loinc_number(n)}","{words(dice, 2)}","MCnc","Pt","Ser/Plas","Qn","","CHEM","2.77","ACTIVE",'
                f'"{words(dice, 3)}","1","{words(dice, 2)}","{words(dice, 6)}","{words(dice, 4)}"\n'
            )
    with (top / "AccessoryFiles/PartFile/Part.csv").open("w", encoding="utf-8") as out:
        out.write("PartNumber,PartTypeName,PartName,PartDisplayName,Status\n")
        for n in range(parts):
            out.write(f"LP{n}-{n % 10},COMPONENT,{words(dice, 2)},{words(dice, 2)},ACTIVE\n")
    with (top / "AccessoryFiles/PartFile/LoincPartLink_Primary.csv").open("w", encoding="utf-8") as out:
        out.write("LoincNumber,LongCommonName,PartNumber,PartName,PartCodeSystem,PartTypeName,LinkTypeName,Property\n")
        for n in range(count):
            part = n % parts
            out.write(
                f"{loinc_number(n)},x,LP{part}-{part % 10},x,http://loinc.org,COMPONENT,Primary,http://loinc.org/property/COMPONENT\n"
            )
    with (top / "AccessoryFiles/ComponentHierarchyBySystem/ComponentHierarchyBySystem.csv").open(
        "w", encoding="utf-8"
    ) as out:
        out.write("PATH_TO_ROOT,SEQUENCE,IMMEDIATE_PARENT,CODE,CODE_TEXT\n")
        for n in range(parts):
            parent = f"LP{n // 6}-{n // 6 % 10}" if n else ""
            out.write(f"x,{n},{parent},LP{n}-{n % 10},{words(dice, 2)}\n")
        for n in range(count):
            part = n % parts
            out.write(f"x,{n},LP{part}-{part % 10},{loinc_number(n)},{words(dice, 3)}\n")
    with (top / "AccessoryFiles/LinguisticVariants/frFR18LinguisticVariant.csv").open("w", encoding="utf-8") as out:
        out.write("LOINC_NUM,COMPONENT,LONG_COMMON_NAME,SHORTNAME,LinguisticVariantDisplayName\n")
        for n in range(count):
            out.write(f'{loinc_number(n)},x,"{words(dice, 6)}",{words(dice, 2)},\n')
    return zipped(folder / "Loinc_2.99.zip", top)


def make_claml(folder: Path, count: int) -> Path:
    """Chapters, blocks, categories; a modifier on one category in fifty."""
    dice = random.Random(3)
    path = folder / "cim10.xml"

    def named(kind: str, text: str) -> str:
        return f'<Rubric kind="{kind}"><Label xml:lang="fr">{text}</Label></Rubric>'

    with path.open("w", encoding="utf-8") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE ClaML SYSTEM "ClaML.dtd">\n<ClaML version="2.0.0">\n'
        )
        out.write('<Title name="CIM-10" date="2026-01-01" version="2026">CIM-10</Title>\n')
        out.write('<Modifier code="M_5"/>\n')
        for n in range(10):
            out.write(
                f'<ModifierClass modifier="M_5" code="{n}">{named("preferred", words(dice, 2))}</ModifierClass>\n'
            )
        out.write(f'<Class code="I" kind="chapter">{named("preferred", "Chapitre")}</Class>\n')
        for n in range(count):
            letter, number = chr(65 + n // 1000 % 26), n // 10 % 100
            code = f"{letter}{number:02}" + (f".{n % 10}" if n % 10 else "")
            code += f"_{n // 26_000}" if n >= 26_000 else ""
            above = "I" if n % 10 == 0 else code[:3]
            more = '<ModifiedBy code="M_5"/>' if n % 500 == 1 else '<SubClass code="x"/>' if n % 10 == 0 else ""
            out.write(
                f'<Class code="{code}" kind="category"><SuperClass code="{above}"/>{more}{named("preferred", words(dice, 5))}'
                f"{named('inclusion', words(dice, 4))}{named('exclusion', words(dice, 6))}</Class>\n"
            )
        out.write("</ClaML>\n")
    return path


def make_svs(folder: Path, count: int) -> Path:
    """A TRE."""
    dice = random.Random(4)
    path = folder / "TRE_R99-Synthetique.xml"
    with path.open("w", encoding="utf-8") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">'
            '<ValueSet id="1.2.3.4" displayName="TRE_R99-Synthetique" dateMaj="20260101000000" typeFichier="TRE"><ConceptList>\n'
        )
        for n in range(count):
            out.write(
                f'<Concept code="C{n}" codeSystem="1.2.3.4" dateValid="20200101000000" dateFin="" displayName="{words(dice, 5)}" '
                f'shortDesignation="{words(dice, 2)}"/>\n'
            )
        out.write("</ConceptList></ValueSet></RetrieveValueSetResponse>\n")
    return path


def make_fhir(folder: Path, count: int) -> Path:
    """A flat code system in JSON."""
    dice = random.Random(5)
    path = folder / "codesystem.json"
    with path.open("w", encoding="utf-8") as out:
        out.write(
            '{"resourceType":"CodeSystem","url":"https://exemple.fr/cs","status":"active","content":"complete","concept":[\n'
        )
        for n in range(count):
            concept = {
                "code": f"C{n}",
                "display": words(dice, 5),
                "designation": [{"language": "en", "value": words(dice, 4)}],
                "property": [{"code": "rang", "valueInteger": n}],
            }
            out.write(json.dumps(concept) + (",\n" if n < count - 1 else "\n"))
        out.write("]}\n")
    return path


def make_csv(folder: Path, count: int) -> Path:
    """A table in Windows-1252, parted by semicolons."""
    dice = random.Random(6)
    path = folder / "table.csv"
    (folder / "table.toml").write_text(
        'system.url = "https://exemple.fr/table"\n'
        'columns = {code = "CODE", display = "LIBELLE", parents = "PERE"}\n'
        '[[properties]]\ncolumn = "TARIF"\ncode = "tarif"\ntype = "decimal"\n',
        encoding="utf-8",
    )
    with path.open("w", encoding="cp1252") as out:
        out.write("CODE;LIBELLE;PERE;TARIF\n")
        for n in range(count):
            out.write(f"C{n};{words(dice, 5)} é;{f'C{n // 10}' if n else ''};{n % 1000}.50\n")
    return path


MAKERS: dict[str, Callable[[Path, int], Path]] = {
    "rf2": make_rf2,
    "loinc": make_loinc,
    "claml": make_claml,
    "svs": make_svs,
    "fhir": make_fhir,
    "csv": make_csv,
}


def zipped(path: Path, folder: Path) -> Path:
    """The folder, as it is published."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                archive.write(each, each.relative_to(folder).as_posix())
    return path


def lines_of(path: Path) -> Iterator[bytes]:
    """Every line, unpacked, nothing understood."""
    with opened(path) as place:
        for name in place.names():
            with place.open(name) as stream:
                yield from stream


def measure(
    format: str, path: Path, answers: "multiprocessing.SimpleQueue[tuple[int, float, float, float, int]]"
) -> None:
    """(concepts, CPU, seconds, CPU of the yardstick, peak memory in kB) of one reading, in this process."""
    before = time.process_time()
    for _ in lines_of(path):
        pass
    yardstick = time.process_time() - before
    watch = Watch()
    mapping = path.with_name("table.toml") if format == "csv" else None
    begun, before, count = time.monotonic(), time.process_time(), 0
    with opened(path) as place:
        for item in read(place, format, Options(NOW, mapping=mapping), watch):
            if isinstance(item, Loaded):
                count += sum(1 for _ in sifted(item, watch))
    answers.put(
        (
            count,
            time.process_time() - before,
            time.monotonic() - begun,
            yardstick,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        )
    )


def main() -> None:
    """One line a format, at its official size and at a tenth of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the sizes")
    parser.add_argument("--formats", default=",".join(SIZES))
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    print("format   concepts   concepts/s of CPU   seconds   times the yardstick   peak memory")
    for format in options.formats.split(","):
        for size in (SIZES[format] // 1000,) if options.quick else (SIZES[format] // 10, SIZES[format]):
            with tempfile.TemporaryDirectory() as folder:
                path = MAKERS[format](Path(folder), size)
                answers: multiprocessing.SimpleQueue[tuple[int, float, float, float, int]] = context.SimpleQueue()
                process = context.Process(target=measure, args=(format, path, answers))
                process.start()
                count, cpu, seconds, yardstick, peak = answers.get()
                process.join()
            print(
                f"{format:6} {count:>10,} {count / cpu:>15,.0f}/s {seconds:>11.1f} {cpu / max(yardstick, 1e-6):>15.1f}× "
                f"{peak / 1024:>16.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
