"""What splink makes of the same records, in the same run: the rival of `bench/index_quality.py`.

On the French set, `socle ins dedupe` as it stands: splink under the settings that we ship. On FEBRL, settings written here on
splink's own library of comparisons, with term frequencies, in the manner of its documentation. Weights are learnt from the
records, without their truth.
"""

import csv
import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

from bench.index_sets import Sample
from socle.foundations.ins.index.dedupe import THRESHOLD, judge, layout

AT = (0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999)


class Found(NamedTuple):
    """The group of each record at several thresholds, the usual one, and the processor's seconds."""

    groups: dict[float, list[str]]
    usual: float
    seconds: float


def french(records: list[Sample]) -> Found:
    """`socle ins dedupe` on a file of these records."""
    begun = process_time()
    with tempfile.TemporaryDirectory(prefix="socle-bench-") as folder:
        file = Path(folder) / "records.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter=";")
            writer.writerow(
                ["enregistrement", "nom_naissance", "nom_utilise", "prenoms", "sexe", "date_naissance", "lieu_naissance",
                 "code_postal", "telephone"]
            )  # fmt: skip
            for rank, one in enumerate(records):
                p = one.portrait
                given = " ".join(name.replace(" ", "-") for name in p.given)
                born = str(p.born) if p.born else ""
                phone = f"0{p.phones[0]}" if p.phones else ""
                writer.writerow([rank, p.family, p.usual_family, given, p.sex, born, p.place, p.postcode, phone])
        judge(file, layout(file), Path(folder))
        with (Path(folder) / "paires.csv").open(encoding="utf-8") as lines:
            pairs = [
                (int(row["enregistrement_1"]), int(row["enregistrement_2"]), float(row["probabilite"]))
                for row in csv.DictReader(lines, delimiter=";")
            ]
    return Found(_groups(len(records), pairs), THRESHOLD, process_time() - begun)


def febrl(records: list[Sample]) -> Found:
    """splink on the fields of FEBRL."""
    import duckdb
    import pyarrow as pa
    import splink.comparison_library as comparisons
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    begun = process_time()
    columns: dict[str, list[Any]] = {
        "unique_id": list(range(len(records))),
        "family": [one.portrait.family or None for one in records],
        "first": [" ".join(one.portrait.given) or None for one in records],
        "born": [str(one.portrait.born) if one.portrait.born else None for one in records],
        "street": [one.portrait.street or None for one in records],
        "postcode": [one.portrait.postcode or None for one in records],
        "city": [one.portrait.city or None for one in records],
        "number": [one.portrait.numbers[0].value if one.portrait.numbers else None for one in records],
    }
    names = ["family", "first"]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        comparisons=[
            *(comparisons.NameComparison(name).configure(term_frequency_adjustments=True) for name in names),
            comparisons.LevenshteinAtThresholds("born", [1, 2]),
            comparisons.LevenshteinAtThresholds("number", [1, 2]),
            comparisons.JaroWinklerAtThresholds("street", [0.9]),
            comparisons.LevenshteinAtThresholds("postcode", [1]),
            comparisons.JaroWinklerAtThresholds("city", [0.9]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("number"),
            block_on("family", "first"),
            block_on("born"),
            block_on("street"),
            block_on("first", "postcode"),
            block_on("family", "postcode"),
        ],
    )
    connection = duckdb.connect()
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        connection.register("arrived", pa.table(columns))
        connection.execute("CREATE TABLE records AS SELECT * FROM arrived")
        linker = Linker(DuckDBAPI(connection).register("records"), settings)
        deterministic: list[Any] = [block_on("number"), block_on("family", "first", "born")]
        linker.training.estimate_probability_two_random_records_match(deterministic, recall=0.8)
        linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("born"))
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("number"))
        found = linker.inference.predict(threshold_match_probability=min(AT))
        rows = connection.execute(
            f"SELECT unique_id_l, unique_id_r, match_probability FROM {found.physical_name}"
        ).fetchall()
    finally:
        logging.disable(before)
        connection.close()
    return Found(_groups(len(records), rows), 0.95, process_time() - begun)


def _groups(many: int, pairs: Iterable[tuple[int, int, float]]) -> dict[float, list[str]]:
    """Connected records at each threshold, as splink groups them."""
    kept = sorted(pairs, key=lambda one: -one[2])
    above = list(range(many))

    def top(one: int) -> int:
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    made: dict[float, list[str]] = {}
    place = 0
    for at in sorted(AT, reverse=True):
        while place < len(kept) and kept[place][2] >= at:
            above[top(kept[place][0])] = top(kept[place][1])
            place += 1
        made[at] = [str(top(one)) for one in range(many)]
    return made
