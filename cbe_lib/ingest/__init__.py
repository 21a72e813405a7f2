"""Own data in: spreadsheets, text files and databases as districts hold them, read into validated tables."""

from cbe_lib.ingest.crossrows import apply_history
from cbe_lib.ingest.declared import FileMapping, load_mapping, save_mapping
from cbe_lib.ingest.export import export
from cbe_lib.ingest.read import propose, read
from cbe_lib.ingest.reading import Reading
from cbe_lib.ingest.template import template

__all__ = [
    "FileMapping",
    "Reading",
    "apply_history",
    "export",
    "load_mapping",
    "propose",
    "read",
    "save_mapping",
    "template",
]
