"""Notifications and questions sent to addresses that others choose: where they may lead is ours to say.

Only http and https, no redirection, bounded times, no proxy, no answer read beyond its status or a bound. The name is resolved
once, each address is judged, and the connection goes to the very address that was judged: a name that changes its mind
meanwhile leads nowhere. Source: OWASP Server-Side Request Forgery Prevention.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from socle.kernel.outcome import Kind, Problem

if TYPE_CHECKING:  # 24 MB and a third of a second: loaded with the first notification
    import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
PUBLIC: Final = "*"
_LONGEST: Final = 2_000


class Failed(Exception):
    """A notification did not arrive; `reason` is short and quotes nothing of the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reach:
    """Where notifications may go.

    public    addresses of the Internet
    loopback  this very machine
    hosts     names allowed whatever their address
    networks  addresses allowed
    """

    public: bool = True
    loopback: bool = False
    hosts: frozenset[str] = field(default_factory=frozenset)
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, text: str, *, demo: bool) -> "Reach":
        """From a list ("his.example,10.2.0.0/16"; "*" for the Internet); when empty, the Internet, and in a demonstration
        this machine too.

        Raises: Problem(INVALID) when an item is neither a name nor a network.
        """
        items = [one.strip().lower() for one in text.split(",") if one.strip()]
        if not items:
            return cls(loopback=demo)
        hosts: set[str] = set()
        networks: list[Network] = []
        for one in items:
            if one == PUBLIC:
                continue
            try:
                networks.append(ipaddress.ip_network(one))
            except ValueError:
                if "/" in one or ":" in one:
                    raise Problem.of(
                        Kind.INVALID,
                        f"SOCLE_HOOKS : « {one} » n'est ni un nom, ni un réseau (10.0.0.0/8), ni « * ».",
                        f"SOCLE_HOOKS: “{one}” is neither a name, nor a network (10.0.0.0/8), nor “*”.",
                    ) from None
                hosts.add(one)
        return cls(PUBLIC in items, False, frozenset(hosts), tuple(networks))

    def allows(self, host: str, address: Address) -> bool:
        """Whether `address`, which `host` is said to have, may be reached."""
        if host in self.hosts or any(address in network for network in self.networks):
            return True
        if address.is_loopback:
            return self.loopback
        mapped = getattr(address, "ipv4_mapped", None)
        if mapped is not None:
            return self.allows(host, mapped)
        return self.public and address.is_global and not address.is_multicast

    def check(self, url: str) -> tuple[str, int]:
        """The host and port of an address that may be worth trying.

        Raises: Problem(RULE_VIOLATED) when its form or its literal address is refused.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise _refused("elle est illisible", "it cannot be read") from None
        if parts.scheme not in ("http", "https") or not host or parts.username is not None or len(url) > _LONGEST:
            raise _refused(
                "elle doit être http(s)://hôte/…, sans mot de passe", "it must be http(s)://host/…, no password"
            )
        if not url.isascii() or not url.isprintable() or " " in url or parts.fragment:
            raise _refused("elle contient un caractère interdit", "it holds a forbidden character")
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            literal = None
        if literal is not None and not self.allows(host, literal):
            raise _refused(
                "la maison n'envoie rien à cette adresse (SOCLE_HOOKS)", "the house sends nothing to it (SOCLE_HOOKS)"
            )
        return host, port or (443 if parts.scheme == "https" else 80)


class Hooks:
    """Sends notifications within a `Reach`."""

    def __init__(self, reach: Reach, *, resolve: Resolve | None = None) -> None:
        self.reach = reach
        self._resolve = resolve or _resolved
        self._client: httpx.AsyncClient | None = None

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, timeout: float) -> int:
        """The status of the answer, when it is a success (2xx).

        Raises: Failed otherwise; Problem(RULE_VIOLATED) when the address is refused.
        """
        import httpx

        host, port = self.reach.check(url)
        try:
            async with asyncio.timeout(timeout):
                address = await self._address(host, port)
                request = self._request(method, url, host, address, headers, body)
                answer = await self._opened().send(request, stream=True)
                await answer.aclose()
        except TimeoutError:
            raise Failed(f"no answer within {timeout:g} s") from None
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise Failed(_said(error)) from error
        if not 200 <= answer.status_code < 300:
            raise Failed(f"HTTP {answer.status_code}")
        return answer.status_code

    async def get(self, url: str, headers: Mapping[str, str], *, timeout: float, most: int) -> tuple[int, bytes]:
        """(status, body) of an answer, whatever its status: in whole within `timeout` seconds and `most` octets.

        Raises: Failed; Problem(RULE_VIOLATED) when the address is refused.
        """
        import httpx

        host, port = self.reach.check(url)
        try:
            async with asyncio.timeout(timeout):
                address = await self._address(host, port)
                answer = await self._opened().send(self._request("GET", url, host, address, headers, b""), stream=True)
                try:
                    found = bytearray()
                    async for part in answer.aiter_bytes():
                        found += part
                        if len(found) > most:
                            raise Failed(f"more than {most} octets")
                finally:
                    await answer.aclose()
        except TimeoutError:
            raise Failed(f"no answer within {timeout:g} s") from None
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise Failed(_said(error)) from error
        return answer.status_code, bytes(found)

    async def close(self) -> None:
        """Close what is open."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _opened(self) -> "httpx.AsyncClient":
        import httpx

        if self._client is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=50, keepalive_expiry=20)
            self._client = httpx.AsyncClient(follow_redirects=False, trust_env=False, limits=limits, timeout=60)
        return self._client

    async def _address(self, host: str, port: int) -> str:
        found = await self._resolve(host, port)
        for one in found:
            if self.reach.allows(host, ipaddress.ip_address(one.partition("%")[0])):
                return one
        raise Failed("unknown host" if not found else "address not allowed (SOCLE_HOOKS)")

    def _request(
        self, method: str, url: str, host: str, address: str, headers: Mapping[str, str], body: bytes
    ) -> "httpx.Request":
        import httpx

        parts = urlsplit(url)
        literal = f"[{address}]" if ":" in address else address
        place = f"{literal}:{parts.port}" if parts.port else literal
        target = parts._replace(netloc=place).geturl()
        sent = {"Accept": "*/*", "User-Agent": "Socle", **headers, "Host": parts.netloc}
        return httpx.Request(method, target, headers=sent, content=body, extensions={"sni_hostname": host})


def _said(error: Exception) -> str:
    """Why a connection did not do, in the words that pages know; the name of what is rarer."""
    import httpx

    if isinstance(error, httpx.ConnectError):
        return "certificate refused" if "CERTIFICATE" in str(error).upper() else "nobody answers there"
    if isinstance(error, httpx.NetworkError | httpx.ProtocolError):
        return "connection cut before an answer"
    return type(error).__name__


async def _resolved(host: str, port: int) -> Sequence[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return []
    return [str(one[4][0]) for one in found]


def _refused(fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"Adresse de notification refusée : {fr}.",
        f"Notification address refused: {en}.",
        expression="Subscription.channel.endpoint",
        rule="SOCLE-HOOKS",
    )
