"""The doctrine as data: editions, chapters, requirements, milestones and the target diagram.

One source (`doctrine/editions/<year>/`, Markdown and YAML), read and checked with file and line, then shown as pages, PDF,
EPUB, calendar, CSV, JSON and OSCAL. An edition published by a consultation of this house stands beside those shipped.
"""
