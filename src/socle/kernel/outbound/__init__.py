"""The only door to the network: everything that Socle asks of somebody else goes through here."""

from socle.kernel.outbound.http import Answer, Lines, Unreachable, request_json, request_lines

__all__ = ["Answer", "Lines", "Unreachable", "request_json", "request_lines"]
