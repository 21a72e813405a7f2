"""What a reader says about a file, kept in a TOML file so that next year's file is read in the same way."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cbe_lib.errors import CbeError, some, unknown_name
from cbe_lib.files import whole
from cbe_lib.tables.spec import known

if TYPE_CHECKING:
    from cbe_lib.ingest.reading import Reading


@dataclass(frozen=True)
class FileMapping:
    """What is said about a file before it is read: its columns, and what its cells mean.

    Attributes
    ----------
    table : str
        Table that the file holds.
    columns, constants, id_width, year_means, suppressed, sentinels, no_test, regimes, keep, dates_as_ranges, sheet
        As for `cbe_lib.ingest.read`.
    """

    table: str = "outcomes"
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    id_width: int | None = None
    year_means: Literal["end", "start"] | None = None
    suppressed: Mapping[str, str] = field(default_factory=dict)
    sentinels: tuple[Any, ...] = ()
    no_test: tuple[int, ...] = ()
    regimes: Mapping[str, int] = field(default_factory=dict)
    keep: Mapping[str, Any] = field(default_factory=dict)
    dates_as_ranges: bool = False
    sheet: str | None = None

    def over(self, saved: FileMapping) -> FileMapping:
        """Put what is said here over what was saved; columns and codes of both count."""
        said = {name: value for name, value in _plain(self).items() if name != "table"}
        joined = {name: {**getattr(saved, name), **value} for name, value in said.items() if isinstance(value, dict)}
        return replace(saved, **{**said, **joined})


def declare(table: str, **declared: Any) -> FileMapping:
    """Check the arguments of `read` and keep them as one."""
    names = [column.name for column in known(table).columns]
    for name in ("columns", "constants", "suppressed", "regimes", "keep"):
        if not isinstance(declared.get(name) or {}, Mapping):
            raise _wrong(name, declared[name], "a dict, for instance {'Pct Prof': 'value'}")
        declared[name] = {str(key): value for key, value in (declared.get(name) or {}).items()}
    for name in ("sentinels", "no_test"):
        given = declared.get(name)
        declared[name] = (
            () if given is None else tuple(given) if isinstance(given, (list, tuple, set, range)) else (given,)
        )
    wrong = next((name for name in declared["constants"] if name not in names), None)
    if wrong is not None:
        raise unknown_name(f"column of the table {table!r}", wrong, names)
    _refuse_words(declared["sentinels"])
    return FileMapping(table, **declared)


def save_mapping(mapping: Reading | FileMapping, path: str | Path) -> Path:
    """How is next year's file read in the same way? Write what was said about this one to a TOML file.

    Parameters
    ----------
    mapping : Reading or FileMapping
        What `read` returned (its columns as they were read, proposed ones included), or its `.mapping`.
    path : str or Path
        File to write; pass it as `read(..., mapping=path)`, or as `cbe check FILE --mapping PATH`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    CbeError
        If it cannot be written, or a declared value is neither text, number, date nor a list of them.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib import ingest
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = ingest.save_mapping(ingest.FileMapping(columns={"Pct Met": "value"}, id_width=7), folder + "/m.toml")
    ...     print(kept.read_text().strip())
    table = "outcomes"
    id_width = 7
    <BLANKLINE>
    [columns]
    "Pct Met" = "value"
    """
    # Only where a mapping is written.
    import tomli_w

    said = mapping if isinstance(mapping, FileMapping) else mapping.mapping
    try:
        written = tomli_w.dumps({"table": said.table, **_plain(said)})
    except (TypeError, ValueError) as error:
        raise CbeError.build(
            f"The mapping could not be written to {Path(path).name}",
            found=str(error),
            advice="Constants and codes must be plain text or numbers",
        ) from None
    with whole(path) as place:
        place.write_text(written, encoding="utf-8")
    return Path(path)


def load_mapping(path: str | Path) -> FileMapping:
    """What was said about last year's file? Read a mapping that `save_mapping` wrote.

    Parameters
    ----------
    path : str or Path
        The TOML file.

    Returns
    -------
    FileMapping

    Raises
    ------
    CbeError
        If the file is not there, is no TOML, or says something that `read` does not know.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib import ingest
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = ingest.save_mapping(ingest.FileMapping(columns={"Pct Met": "value"}, id_width=7), folder + "/m.toml")
    ...     ingest.load_mapping(kept).columns
    {'Pct Met': 'value'}
    """
    name = Path(path).name
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CbeError.build(f"The mapping {name} cannot be read", found=why, advice="Check the path") from None
    names = [each.name for each in fields(FileMapping)]
    strange = [key for key in said if key not in names]
    if strange:
        raise CbeError.build(
            f"The mapping {name} says something unknown: {some(map(repr, strange))}", advice=f"Known: {some(names, 20)}"
        )
    return declare(str(said.pop("table", "outcomes")), **said)


def _plain(mapping: FileMapping) -> dict[str, Any]:
    """Keep only what was said, in types that TOML has."""
    said = {name: value for name, value in asdict(mapping).items() if name != "table"}
    kept = {name: value for name, value in said.items() if value not in (None, (), {}, False)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def _refuse_words(sentinels: tuple[Any, ...]) -> None:
    for sentinel in sentinels:
        try:
            float(sentinel)
        except (TypeError, ValueError):
            raise _wrong("sentinels", sentinel, "numbers, for instance (-1, -9); words go into suppressed=") from None


def _wrong(name: str, value: object, wanted: str) -> CbeError:
    return CbeError.build(f"`{name}` must be {wanted}", found=f"Found {value!r}")
