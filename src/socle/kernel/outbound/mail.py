"""Letters by SMTP. Where no server is configured nothing leaves the house: the caller keeps its letters.

SOCLE_SMTP_URL     smtp://host:port (TLS as soon as the server offers it), smtp+starttls:// (TLS or nothing),
                   smtps:// (TLS from the first byte); user and password in the address, percent-encoded
SOCLE_SMTP_SENDER  the address that letters come from
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from socle.kernel.outcome import Kind, Problem

URL: Final = "SOCLE_SMTP_URL"
SENDER: Final = "SOCLE_SMTP_SENDER"
_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_TIMEOUT: Final = 30.0  # seconds


class Undelivered(Exception):
    """A letter that the server did not take. `permanent`: trying again would not help."""

    def __init__(self, said: str, *, permanent: bool) -> None:
        super().__init__(said)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Letter:
    """A plain text message to one person."""

    to: str
    subject: str
    text: str


class Post(Protocol):
    """Whatever carries letters."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter over. Raises: Undelivered."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server.

    scheme  "smtp", "smtp+starttls" or "smtps"
    """

    scheme: str
    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""

    async def send(self, letter: Letter) -> None:
        """Hand a letter over to the server. Raises: Undelivered."""
        try:
            await aiosmtplib.send(
                _message(letter, self.sender),
                hostname=self.host,
                port=self.port,
                username=self.user or None,
                password=self.password or None,
                use_tls=self.scheme == "smtps",
                start_tls={"smtp": None, "smtp+starttls": True, "smtps": False}[self.scheme],
                timeout=_TIMEOUT,
            )
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            codes = (
                [one.code for one in error.recipients] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else []
            )
            codes = codes or ([error.code] if isinstance(error, aiosmtplib.SMTPResponseException) else [])
            permanent = bool(codes) and all(500 <= code < 600 for code in codes)
            # A server that does not know us refuses everything: the letter itself is not at fault.
            permanent = permanent and not isinstance(error, aiosmtplib.SMTPAuthenticationError)
            raise Undelivered(f"refused ({codes})", permanent=permanent) from error
        except (ValueError, MessageError) as error:
            raise Undelivered(type(error).__name__, permanent=True) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Undelivered(type(error).__name__, permanent=False) from error


def post_of(environment: Mapping[str, str]) -> Post | None:
    """The mail server that the environment configures, None when it names none.

    Raises: Problem(INVALID) when what it says cannot be used: better at start than at the first letter.
    """
    url, sender = environment.get(URL, ""), environment.get(SENDER, "")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        if not parts.hostname or parts.path not in ("", "/") or parts.query or "@" not in sender:
            raise ValueError(url)
    except (ValueError, KeyError):
        raise Problem.of(
            Kind.INVALID,
            f"{URL} doit ressembler à « smtps://nom:motdepasse@serveur:465 » (ou smtp, smtp+starttls), et {SENDER} à "
            "« concertation@domaine.fr ».",
            f"{URL} must look like “smtps://name:password@server:465” (or smtp, smtp+starttls), and {SENDER} like "
            "“consultation@domain.org”.",
        ) from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and parts.scheme == "smtp" and not _here(parts.hostname):
        raise Problem.of(
            Kind.INVALID,
            f"{URL} donne un mot de passe sans exiger TLS : écrivez « smtp+starttls:// » ou « smtps:// ».",
            f"{URL} gives a password without requiring TLS: write “smtp+starttls://” or “smtps://”.",
        )
    return Smtp(parts.scheme, parts.hostname, port, sender, user, password)


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
    message.set_content(letter.text)
    return message


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
