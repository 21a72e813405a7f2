"""The brief for a site visit: one content, printed as a tagged PDF and as a web page."""

from cbe_lib.brief.assemble import build
from cbe_lib.brief.content import Brief, Grid, Picture, Question, Section, Text
from cbe_lib.brief.folder import read_folder
from cbe_lib.brief.matching import Hosts, hosts
from cbe_lib.brief.record import TABLES
from cbe_lib.brief.writing import write

__all__ = [
    "TABLES",
    "Brief",
    "Grid",
    "Hosts",
    "Picture",
    "Question",
    "Section",
    "Text",
    "build",
    "hosts",
    "read_folder",
    "write",
]
