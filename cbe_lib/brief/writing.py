"""A brief into files."""

from __future__ import annotations

import os
import re
import tempfile
from os import PathLike
from pathlib import Path

from cbe_lib.brief.content import Brief
from cbe_lib.errors import CbeError

LONGEST = 100
UNSAFE = re.compile(r"[^\w .()+-]")


def write(content: Brief, folder: str | PathLike[str], *, name: str | None = None) -> tuple[Path, Path]:
    """Where do the PDF and the web page of this brief lie?

    Parameters
    ----------
    content : Brief
        From `build`.
    folder : path
        Made if it is not there. Files of the same name are replaced, each in one step.
    name : str, optional
        Name of both files without ending, the district_id if left out; letters that a file name should not hold
        become "_".

    Returns
    -------
    pdf, html : path
        The PDF is tagged (PDF/UA-1), US Letter, two pages; the page needs no network.

    Raises
    ------
    CbeError
        If the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib import brief, samples
    >>> content = brief.build("00013", samples.state())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.name for file in brief.write(content, folder)]
    ['00013.pdf', '00013.html']
    """
    # Here, not above: reading content needs neither Typst nor Jinja.
    from cbe_lib.brief.sheets import pdf
    from cbe_lib.brief.web import page

    place, stem = Path(folder), safe_name(content.district_id if name is None else name)
    made = {".pdf": pdf(content), ".html": page(content).encode("utf-8")}
    try:
        place.mkdir(parents=True, exist_ok=True)
        for ending, written in made.items():
            _replace(place / f"{stem}{ending}", written)
    except OSError as problem:
        raise CbeError.build(
            f"The brief cannot be written to {str(folder)!r}",
            found=str(problem.strerror or problem),
            advice="Choose another folder",
        ) from None
    return place / f"{stem}.pdf", place / f"{stem}.html"


def safe_name(name: str) -> str:
    """Return a name that every file system takes.

    Examples
    --------
    >>> safe_name("../<script>")
    'script_'
    """
    return UNSAFE.sub("_", name).strip(" .").lstrip("._- ")[:LONGEST].strip(" .") or "district"


def _replace(file: Path, content: bytes) -> None:
    """Write beside the file, then put it in place in one step, so that nobody finds half of it."""
    handle, beside = tempfile.mkstemp(dir=file.parent, prefix=".brief-")
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
        os.chmod(beside, 0o644)
        os.replace(beside, file)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
