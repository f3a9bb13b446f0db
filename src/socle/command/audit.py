"""socle audit: the traces and their proof."""

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from socle.command import door
from socle.command.language import t
from socle.command.options import Data, Key, Url
from socle.command.report import ERR, OUT, CommandError

app = typer.Typer(
    no_args_is_help=True, help=t("Traces et preuve de leur intégrité.", "Traces, and the proof that they are whole.")
)


@app.command(
    help=t(
        "Vérifie que nulle trace n'a été modifiée, retirée ou déplacée.\n\n"
        "Relit toutes les chaînes d'empreintes et les compare aux ancres. Sort avec 1 si quelque chose ne va pas, en disant "
        "quelle trace de quel registre.",
        "Verifies that no trace was altered, removed or moved.\n\n"
        "Reads every hash chain again and compares it with the anchors. Exits with 1 when something is wrong, and names the "
        "trace and its register.",
    )
)
def verify(data: Data, url: Url = "", key: Key = "") -> None:
    """Streams: constant memory whatever the number of traces."""
    if url:
        report = door.remote(url, key, "POST", "/house/audit/verify")
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=ERR, transient=True) as bar:
            task = bar.add_task(t("traces", "traces"), total=None)

            def progress(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            report = door.local(data, lambda console: console.verify_audit(progress))
    for finding in report["findings"]:
        OUT.print(
            f"{finding['schema']} · {t('chaîne', 'chain')} {finding['chain']} · n° {finding['n']} · {finding['text']}"
        )
    if report["findings"]:
        raise CommandError(t(f"{len(report['findings'])} anomalie(s)", f"{len(report['findings'])} finding(s)"))
    OUT.print(
        t(
            f"{report['events']} traces vérifiées dans {report['chains']} chaîne(s) : intactes",
            f"{report['events']} traces verified in {report['chains']} chain(s): whole",
        )
    )
