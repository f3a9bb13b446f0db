"""The only door to the network: everything that Socle asks of somebody else goes through here."""

from socle.kernel.outbound.http import Answer, Unreachable, request_json

__all__ = ["Answer", "Unreachable", "request_json"]
