"""What is done beside FHIR: empty the sandbox; export and import in bulk (`actions.bulk`); install, remove and read packages."""

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
from socle.foundations.interoperability.actions.sandbox import TABLES, reset_sandbox

__all__ = [
    "TABLES",
    "Installation",
    "Progress",
    "install_packages",
    "installed_packages",
    "package_entries",
    "planned",
    "remove_packages",
    "reset_sandbox",
    "silent",
]
