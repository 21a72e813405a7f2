"""The notebooks that come along, and copies of them to work in."""

from __future__ import annotations

from pathlib import Path

from cbe_lib.errors import CbeError, some
from cbe_lib.files import whole

FIRST = "00_start_here.ipynb"


def folder() -> Path:
    """Where are the notebooks: in the installed package, or in the checkout that it is run from?

    Examples
    --------
    >>> (folder() / "00_start_here.ipynb").is_file()
    True
    """
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_data" / "notebooks"
    return shipped if shipped.is_dir() else package.parent / "notebooks"


def copy(target: str | Path) -> list[Path]:
    """Copy the notebooks into a folder of one's own, where they can be changed.

    Parameters
    ----------
    target : str or Path
        Folder to copy into; made if it is not there. The pages without code go into its folder apps.

    Returns
    -------
    list of Path
        Files written. Notebooks that are there already, unchanged, are left alone.

    Raises
    ------
    CbeError
        If notebooks of these names are there and differ: nothing is copied then, and nothing overwritten. Also if the
        notebooks were not installed, or the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "course"
    >>> copied = copy(place)
    >>> (place / "00_start_here.ipynb") in copied
    True
    >>> copy(place)
    []
    """
    source, target = folder(), Path(target)
    names = [file.relative_to(source) for place in (source, source / "apps") for file in sorted(place.glob("*.ipynb"))]
    if not names:
        raise CbeError.build("The notebooks are missing", found=f"Looked in {source}", advice="Install cbe-lib again")
    new = [name for name in names if not _same(source / name, target / name)]
    changed = [str(name) for name in new if (target / name).exists()]
    if changed:
        raise CbeError.build(
            f"{target} holds notebooks of these names that differ, and nothing was copied",
            found=f"They may hold your work: {some(changed)}",
            advice="Choose another folder, or give them other names first",
        )
    return [_copied(source / name, target / name) for name in new]


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _copied(source: Path, target: Path) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CbeError.build(f"{target.parent} cannot be made", found=error.strerror or str(error)) from None
    with whole(target) as place:
        place.write_bytes(source.read_bytes())
    return target
