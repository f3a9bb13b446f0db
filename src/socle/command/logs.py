"""What the house writes to its log: standard error, readable on a terminal, one JSON object a line elsewhere."""

import logging
import os
import sys

import orjson
import structlog

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure() -> None:
    """Set the log up once; SOCLE_LOG chooses the level (warning unless told otherwise)."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    level = _LEVELS.get(os.environ.get("SOCLE_LOG", "").lower(), logging.WARNING)
    wrapper = structlog.make_filtering_bound_logger(level)
    if sys.stderr.isatty():
        structlog.configure(
            [*shared, structlog.dev.ConsoleRenderer()],
            wrapper_class=wrapper,
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
    else:
        structlog.configure(
            [*shared, structlog.processors.JSONRenderer(orjson.dumps)],
            wrapper_class=wrapper,
            logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        )
