"""The command line: one file per family of commands; texts in French and in English."""

import sys

import typer

from socle.command import actor, audit, bulk, fhir, fhirpath, generate, imports, ins, sandbox, status, up, validate
from socle.command.families import Families
from socle.command.language import t
from socle.command.logs import configure
from socle.command.options import DOCTRINE
from socle.command.report import CommandError, complain
from socle.command.usage import WrongUsage, frame_help, told
from socle.kernel.outcome import Problem

app = typer.Typer(
    name="socle",
    cls=Families,
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=t(
        "Socle : l'architecture cible du numérique en santé, qui tourne.\n\n"
        "Pour commencer : [bold]socle up[/bold], puis ouvrez l'adresse affichée.\n\n"
        "Chaque commande explique ce qu'elle fait : [bold]socle COMMANDE --help[/bold].",
        "Socle: France's target architecture for digital health, running.\n\n"
        "To begin: [bold]socle up[/bold], then open the address that it prints.\n\n"
        "Every command says what it does: [bold]socle COMMAND --help[/bold].",
    ),
)


@app.callback()
def _language(
    lang: str = typer.Option(
        "",
        "--lang",
        help=t(
            "Langue : fr ou en (sinon SOCLE_LANG, puis la locale).",
            "Language: fr or en (else SOCLE_LANG, then the locale).",
        ),
    ),
) -> None:
    """Read in `language.choose`, before the commands were declared; here only to be accepted and documented."""
    if lang and lang.lower()[:2] not in ("fr", "en"):
        raise CommandError(t(f"--lang {lang} : fr ou en.", f"--lang {lang}: fr or en."))


up.declare(app)
status.declare(app)
fhirpath.declare(app)
validate.declare(app)
bulk.declare(app)
app.add_typer(actor.app, name="actor")
app.add_typer(audit.app, name="audit")
app.add_typer(typer.Typer(help=DOCTRINE), name="doctrine")
app.add_typer(fhir.app, name="fhir")
app.add_typer(generate.app, name="generate")
app.add_typer(imports.app, name="import")
app.add_typer(ins.app, name="ins")
app.add_typer(sandbox.app, name="sandbox")


def main() -> None:
    """Run a command; every expected failure is one clear line and a non-zero exit, never a traceback."""
    configure()
    frame_help()
    try:
        code = app(standalone_mode=False)  # its own words for wrong arguments are English, and a drawing
        if isinstance(code, int) and code:
            sys.exit(code)
    except WrongUsage as error:
        if said := told(error):
            complain(said)
        sys.exit(2)
    except typer.Abort:
        complain(t("interrompu", "interrupted"))
        sys.exit(1)
    except CommandError as error:
        complain(str(error))
        sys.exit(error.code)
    except Problem as problem:
        for issue in problem.issues:
            complain(t(issue.text.fr, issue.text.en) + (f" [{issue.rule}]" if issue.rule else ""))
        sys.exit(1)
    except KeyboardInterrupt:
        complain(t("interrompu", "interrupted"))
        sys.exit(130)
