"""What is done beside FHIR: empty the sandbox; exports, in the background; install, remove and read packages."""

from socle.foundations.interoperability.actions.packages import (
    Installation,
    Progress,
    install_packages,
    installed_packages,
    package_entries,
    planned,
    remove_packages,
    silent,
)
from socle.foundations.interoperability.actions.sandbox import TABLES, export, reset_sandbox, sweep

__all__ = [
    "TABLES",
    "Installation",
    "Progress",
    "export",
    "install_packages",
    "installed_packages",
    "package_entries",
    "planned",
    "remove_packages",
    "reset_sandbox",
    "silent",
    "sweep",
]
