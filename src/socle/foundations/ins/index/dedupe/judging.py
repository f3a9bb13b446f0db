"""The judgement of a whole file: weights learnt from it, pairs compared, groups made; what each pair says for itself."""

import csv
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Any, Final

from socle.foundations.ins.index.dedupe.reading import Layout, Reject, Row, rows
from socle.kernel.outcome import Kind, Problem, Text

THRESHOLD: Final = 0.999
BATCH: Final = 50_000
MOST_REJECTS: Final = 10_000  # written out; all are counted
SHOWN: Final = 0.5  # pairs below this are nobody's business
MOST_PAIRS: Final = 1_000_000  # drawn at random to learn how often strangers agree
RARE: Final = 1e-6  # strangers of whom one has the other's names, swapped: too few for a sample to hold any
_DAY = 'substr("born_{0}", {1}, 2)'
_TABLE: Final = "records"
# What agreed, by comparison and level as splink counts them (0: nothing does; -1: not known).
LEVELS: Final[dict[str, tuple[Text, ...]]] = {
    "family": (
        Text("autres", "different"),
        Text("proches", "close"),
        Text("nom et prénom inversés", "family and given swapped"),
        Text("nom utilisé de l'autre", "name in use of the other"),
        Text("mêmes", "same"),
    ),
    "first": (
        Text("autres", "different"),
        Text("proches", "close"),
        Text("dans la liste de l'autre", "in the other's list"),
        Text("nom et prénom inversés", "family and given swapped"),
        Text("mêmes", "same"),
    ),
    "born": (
        Text("autres", "different"),
        Text("même année", "same year"),
        Text("un chiffre", "one digit"),
        Text("jour et mois inversés", "day and month swapped"),
        Text("mêmes", "same"),
    ),
    "home": (
        Text("autres", "different"),
        Text("même code postal", "same postcode"),
        Text("même téléphone", "same phone"),
    ),
    **{name: (Text("autres", "different"), Text("mêmes", "same")) for name in ("sex", "place")},
}
UNKNOWN: Final = Text("non connu", "not known")


class Stage(Enum):
    """What takes time, in order."""

    READING = Text("lecture", "reading")
    LEARNING = Text("apprentissage des poids", "learning the weights")
    COMPARING = Text("comparaison", "comparing")
    GROUPING = Text("groupement", "grouping")
    WRITING = Text("écriture", "writing")


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found. `precision` and `recall` (pairs, at the threshold) when the file says who each record is."""

    records: int
    rejected: int
    rejects: tuple[Reject, ...]
    pairs: int
    linked: int
    groups: int
    precision: float | None = None
    recall: float | None = None


Told = Callable[[Stage, float], None]  # the stage, and how much of it is done, 0 to 1


def judge(
    file: Path,
    how: Layout,
    out: Path,
    *,
    threshold: float = THRESHOLD,
    seed: int = 1,
    told: Told = lambda stage, part: None,
) -> Judged:
    """Find the records of `file` that are one person; write `paires.csv`, `groupes.csv` and `rejets.csv` in `out`.

    threshold  probability from which two records are put in one group
    Two records with the same qualified INS are one person whatever the rest; with two different ones, never.
    Raises: Problem(INVALID) when there is too little to learn from, Problem(UNAVAILABLE) when splink is not installed.
    """
    try:
        import duckdb
        from splink import DuckDBAPI, Linker
    except ImportError:
        raise Problem.of(
            Kind.UNAVAILABLE,
            "Cette commande demande splink : pip install 'socle[dedupe]'.",
            "This command needs splink: pip install 'socle[dedupe]'.",
        ) from None
    with tempfile.TemporaryDirectory(prefix="socle-dedupe-") as folder, _silent():
        connection = duckdb.connect(str(Path(folder) / "work.duckdb"))
        try:
            connection.execute("SET memory_limit = '2GB'")
            connection.execute(f"SET temp_directory = '{folder}/spill'")
            records, rejected, rejects = _loaded(connection, file, how, told)
            if records < 100:
                raise Problem.of(
                    Kind.INVALID,
                    f"{records} enregistrements lisibles : il en faut cent au moins pour apprendre des poids d'un fichier.",
                    f"{records} readable records: at least a hundred are needed to learn weights from a file.",
                )
            linker = Linker(DuckDBAPI(connection).register(_TABLE), _settings())
            told(Stage.LEARNING, 0)
            _learn(linker, seed, told)
            told(Stage.COMPARING, 0)
            pairs = linker.inference.predict(threshold_match_probability=None)
            judged = pairs.query_sql(_JUDGED)
            told(Stage.GROUPING, 0)
            groups = linker.clustering.cluster_pairwise_predictions_at_threshold(judged, threshold)
            told(Stage.WRITING, 0)
            out.mkdir(parents=True, exist_ok=True)
            count, linked = _write_pairs(connection, judged.physical_name, out / "paires.csv", threshold)
            alike = _write_groups(connection, groups.physical_name, out / "groupes.csv")
            _write_rejects(rejects, out / "rejets.csv")
            told(Stage.WRITING, 1)
            precision, recall = _truth(connection, groups.physical_name) if "personne" in how.places else (None, None)
        finally:
            connection.close()
    return Judged(records, rejected, tuple(rejects), count, linked, alike, precision, recall)


def _loaded(connection: Any, file: Path, how: Layout, told: Told) -> tuple[int, int, list[Reject]]:
    import pyarrow as pa

    names = ("unique_id", *Row._fields)
    connection.execute(
        f"CREATE TABLE {_TABLE} (unique_id BIGINT, " + ", ".join(f'"{name}" VARCHAR' for name in Row._fields) + ")"
    )
    size = max(1, file.stat().st_size)
    records = rejected = octets = 0
    rejects: list[Reject] = []
    reading = rows(file, how)
    while batch := list(islice(reading, BATCH)):
        good = [one for one in batch if isinstance(one, Row)]
        wrong = [one for one in batch if isinstance(one, Reject)]
        rejected += len(wrong)
        rejects += wrong[: MOST_REJECTS - len(rejects)]
        columns = [
            pa.array(range(records, records + len(good)), pa.int64()),
            *(pa.array([value or None for value in column], pa.string()) for column in zip(*good, strict=True)),
        ]
        if good:
            arrived = pa.Table.from_arrays(columns, names=list(names))
            connection.register("arrived", arrived)
            connection.execute(f"INSERT INTO {_TABLE} SELECT * FROM arrived")
            connection.unregister("arrived")
        records += len(good)
        octets += sum(len(";".join(one)) + 3 for one in good)
        told(Stage.READING, min(1.0, octets / size))
    return records, rejected, rejects


def _settings() -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons
    from splink import SettingsCreator, block_on

    swapped = '"family_l" = "first_r" AND "first_l" = "family_r"'
    family = comparisons.CustomComparison(
        output_column_name="family",
        comparison_levels=[
            levels.NullLevel("family"),
            levels.ExactMatchLevel("family").configure(tf_adjustment_column="family"),
            levels.CustomLevel('"family_l" = "usual_r" OR "usual_l" = "family_r"'),
            levels.CustomLevel(swapped).configure(u_probability=RARE, fix_u_probability=True),
            levels.JaroWinklerLevel("family", 0.9),
            levels.ElseLevel(),
        ],
    )
    listed = (
        'list_contains(string_split("given_r", \' \'), "first_l") '
        'OR list_contains(string_split("given_l", \' \'), "first_r")'
    )
    first = comparisons.CustomComparison(
        output_column_name="first",
        comparison_levels=[
            levels.NullLevel("first"),
            levels.ExactMatchLevel("first").configure(tf_adjustment_column="first"),
            levels.CustomLevel(swapped).configure(u_probability=RARE, fix_u_probability=True),
            levels.CustomLevel(listed),
            levels.JaroWinklerLevel("first", 0.9),
            levels.ElseLevel(),
        ],
    )
    year = 'substr("born_l", 1, 4) = substr("born_r", 1, 4)'
    crossed = f"{_DAY.format('l', 6)} = {_DAY.format('r', 9)} AND {_DAY.format('l', 9)} = {_DAY.format('r', 6)}"
    born = comparisons.CustomComparison(
        output_column_name="born",
        comparison_levels=[
            levels.NullLevel("born"),
            levels.ExactMatchLevel("born"),
            levels.CustomLevel(f"{year} AND {crossed}"),
            levels.CustomLevel('damerau_levenshtein("born_l", "born_r") <= 1'),
            levels.CustomLevel(year),
            levels.ElseLevel(),
        ],
    )
    home = comparisons.CustomComparison(  # one comparison: who shares a phone shares a postcode, twins first of all
        output_column_name="home",
        comparison_levels=[
            levels.CustomLevel(
                '("phone_l" IS NULL OR "phone_r" IS NULL) AND ("postcode_l" IS NULL OR "postcode_r" IS NULL)'
            ).configure(is_null_level=True),
            levels.ExactMatchLevel("phone"),
            levels.ExactMatchLevel("postcode"),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        comparisons=[
            family,
            first,
            born,
            home,
            *(comparisons.ExactMatch(name) for name in ("sex", "place")),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("ins"),
            block_on("family", "first"),
            block_on("born", "sex"),
            block_on("phone"),
            block_on("family", 'substr("born", 1, 4)'),
            block_on("first", "place", 'substr("born", 1, 4)'),
            {"blocking_rule": 'l."family" = r."first" AND l."first" = r."family"'},
        ],
        additional_columns_to_retain=["record", "ins", "truth"],
        retain_intermediate_calculation_columns=True,
    )


def _learn(linker: Any, seed: int, told: Told) -> None:
    from splink import block_on

    linker.training.estimate_probability_two_random_records_match([block_on("family", "first", "born")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=MOST_PAIRS, seed=seed)
    told(Stage.LEARNING, 0.3)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("born"))
    told(Stage.LEARNING, 0.6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("family", "first"))
    told(Stage.LEARNING, 1)


_JUDGED: Final = f"""
SELECT * REPLACE (CASE WHEN "ins_l" = "ins_r" THEN 1.0 WHEN "ins_l" <> "ins_r" THEN 0.0 ELSE match_probability END
    AS match_probability)
FROM {{this}} WHERE "ins_l" = "ins_r" OR match_probability >= {SHOWN}
"""


def _write_pairs(connection: Any, table: str, file: Path, threshold: float) -> tuple[int, int]:
    """The pairs, the surest first: (how many, how many are linked)."""
    names = list(LEVELS)
    columns = ", ".join(f'p.gamma_{name}, p."mw_{name}"' for name in names)
    cursor = connection.execute(
        f'SELECT p."record_l", p."record_r", p.match_probability, p.match_weight, p."ins_l" = p."ins_r", {columns} '
        f"FROM {table} p WHERE p.match_probability > 0 ORDER BY p.match_probability DESC, p.unique_id_l, p.unique_id_r"
    )
    count = linked = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["enregistrement_1", "enregistrement_2", "probabilite", "poids", "meme_personne", "pourquoi"])
        while found := cursor.fetchmany(BATCH):
            for left, right, probability, weight, same_ins, *facts in found:
                count += 1
                linked += probability >= threshold
                why = "même INS qualifiée" if same_ins else ", ".join(_why(names, facts))
                sure = "oui" if probability >= threshold else "à voir"
                writer.writerow([left, right, f"{probability:.6f}", f"{weight:.2f}", sure, why])
    return count, linked


def _why(names: list[str], facts: list[Any]) -> Iterator[str]:
    for name, level, weight in zip(names, facts[::2], facts[1::2], strict=True):
        said = LEVELS[name][level].fr if level >= 0 else UNKNOWN.fr
        yield f"{_FRENCH[name]} : {said} ({weight:+.1f})"


_FRENCH: Final = {
    "family": "nom de naissance",
    "first": "premier prénom",
    "born": "naissance",
    "home": "domicile",
    "sex": "sexe",
    "place": "lieu de naissance",
}


def _write_groups(connection: Any, table: str, file: Path) -> int:
    """Each record with its group, those of several records first; how many groups have several."""
    cursor = connection.execute(
        f"SELECT r.record, g.cluster_id, count(*) OVER (PARTITION BY g.cluster_id) AS size "
        f"FROM {table} g JOIN {_TABLE} r USING (unique_id) ORDER BY size DESC, g.cluster_id, r.unique_id"
    )
    groups: int = 0
    before: object = None
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["enregistrement", "groupe", "taille"])
        while found := cursor.fetchmany(BATCH):
            for record, group, size in found:
                groups += size > 1 and group != before
                before = group
                writer.writerow([record, group, size])
    return groups


def _write_rejects(rejects: list[Reject], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["ligne", "raison"])
        writer.writerows([one.line, one.text.fr] for one in rejects)


def _truth(connection: Any, table: str) -> tuple[float | None, float | None]:
    """Precision and recall of the pairs that the groups make, beside those that the file says."""
    pairs = "coalesce(sum(n * (n - 1) / 2), 0)"
    of = f"FROM {table} g JOIN {_TABLE} r USING (unique_id)"
    row = connection.execute(
        f"SELECT (SELECT {pairs} FROM (SELECT count(*) AS n {of} GROUP BY g.cluster_id)), "
        f"(SELECT {pairs} FROM (SELECT count(*) AS n {of} WHERE r.truth IS NOT NULL GROUP BY r.truth)), "
        f"(SELECT {pairs} FROM (SELECT count(*) AS n {of} WHERE r.truth IS NOT NULL GROUP BY g.cluster_id, r.truth))"
    ).fetchone()
    made, true, right = (float(one) for one in row)
    return (right / made if made else None), (right / true if true else None)


@contextmanager
def _silent() -> Iterator[None]:
    """splink says a lot on the standard error; what matters of it is in the result."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)
