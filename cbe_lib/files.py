"""Files that are there whole or not at all, whatever stops the writing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from cbe_lib.errors import CbeError


@contextlib.contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Give a place beside `path` to write to, which takes its name only if nothing went wrong.

    Parameters
    ----------
    path : str or Path
        File to write. What is there already stays until the new one is complete. A device, such as /dev/stdout, is
        given as it is.

    Raises
    ------
    CbeError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole(folder / "table.csv") as place:
    ...     _ = place.write_text("district_id")
    >>> [file.name for file in folder.iterdir()]
    ['table.csv']
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file() and not target.is_dir():
        yield target
        return
    unfinished = target.with_name(f".{target.stem}.{os.getpid()}.unfinished{target.suffix}")
    try:
        yield unfinished
        os.replace(unfinished, target)
    except OSError as error:
        found = error.strerror or str(error)
        raise CbeError.build(f"{path} could not be written", found=found, advice="Check the folder") from None
    finally:
        unfinished.unlink(missing_ok=True)
