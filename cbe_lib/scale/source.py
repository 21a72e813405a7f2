"""Tables too large to hold: CSV, Parquet, a folder of Parquet files or a database, read a piece at a time."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.dataset as ds

from cbe_lib.errors import CbeError, ColumnError, closest, some

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause

BYTES_PER_CSV_ROW = 30
ROWS_AT_A_TIME = 250_000
FIELDS = ("district", "year", "value", "tested", "rollout")


@dataclass(frozen=True)
class Source:
    """Where the rows come from, and which columns hold what.

    path: file, folder or database address; columns: heading of each of FIELDS ("tested" may be absent);
    query: SQL to read, for databases.
    """

    path: str
    columns: dict[str, str]
    query: str = "SELECT * FROM outcomes"

    @property
    def name(self) -> str:
        """Name the source without a password."""
        if not self.is_database:
            return self.path
        from cbe_lib.ingest.database import shown_url

        return shown_url(self.path)

    @property
    def is_database(self) -> bool:
        """Whether the path is the address of a database."""
        return "://" in self.path

    def fingerprint(self) -> str:
        """Tell one state of the input from another: sizes and times of files, or the query and its count of rows."""
        if self.is_database:
            told = (self.name, self.query, self.rows())
        else:
            told = tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in self._files())
        return hashlib.sha256(repr((told, sorted(self.columns.items()))).encode()).hexdigest()[:16]

    def rows(self) -> int:
        """Count the rows, roughly for CSV."""
        if self.is_database:
            with _read_only(self.path) as connection:
                return int(connection.execute(_text(f"SELECT count(*) FROM ({self.query}) AS counted")).scalar_one())
        if self._is_csv:
            return Path(self.path).stat().st_size // BYTES_PER_CSV_ROW
        return self._dataset().count_rows()

    def tables(self) -> Iterator[pa.Table]:
        """Read the rows a piece at a time; columns are named as FIELDS, numbers are doubles, districts text."""
        pieces = self._from_database() if self.is_database else self._from_files()
        try:
            for piece in pieces:
                yield self._typed(piece)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as problem:
            raise CbeError.build(
                f"{self.name} cannot be read",
                found=str(problem),
                advice="Numbers must be plain numbers: `cbe check` lists every cell that is not",
            ) from None

    @property
    def _is_csv(self) -> bool:
        return Path(self.path).suffix.lower() in (".csv", ".tsv", ".txt")

    def _files(self) -> list[Path]:
        place = Path(self.path)
        files = sorted(place.rglob("*.parquet")) if place.is_dir() else [place]
        if not files or not all(file.is_file() for file in files):
            raise CbeError.build(
                f"There is nothing to read at {self.path}",
                advice="Name a CSV or Parquet file, a folder with Parquet files, or the address of a database",
            )
        return files

    def _dataset(self) -> ds.Dataset:
        try:
            return ds.dataset(self.path, format="parquet", partitioning="hive")
        except (pa.ArrowInvalid, OSError) as problem:
            raise CbeError.build(f"{self.path} is not Parquet that can be read", found=str(problem)) from None

    def _from_files(self) -> Iterator[pa.Table]:
        self._files()
        if not self._is_csv:
            dataset = self._dataset()
            self._require(dataset.schema.names)
            for batch in dataset.to_batches(columns=list(self.columns.values()), batch_size=ROWS_AT_A_TIME):
                yield pa.Table.from_batches([batch])
            return
        wanted = {heading: pa.string() if field == "district" else pa.float64() for field, heading in self._pairs()}
        reading = csv.open_csv(
            self.path,
            read_options=csv.ReadOptions(block_size=8 << 20),
            parse_options=csv.ParseOptions(delimiter="\t" if Path(self.path).suffix.lower() == ".tsv" else ","),
            convert_options=csv.ConvertOptions(column_types=wanted, strings_can_be_null=True),
        )
        self._require(reading.schema.names)
        for batch in reading:
            yield pa.Table.from_batches([batch])

    def _from_database(self) -> Iterator[pa.Table]:
        with _read_only(self.path) as connection:
            rows = connection.execution_options(stream_results=True).execute(_text(self.query))
            names = list(rows.keys())
            self._require(names)
            for piece in rows.partitions(ROWS_AT_A_TIME):
                cells = list(zip(*piece, strict=True))
                yield pa.table({name: pa.array(cells[number]) for number, name in enumerate(names)})

    def _pairs(self) -> list[tuple[str, str]]:
        return [(field, self.columns[field]) for field in FIELDS if field in self.columns]

    def _require(self, found: list[str]) -> None:
        missing = [heading for heading in self.columns.values() if heading not in found]
        if missing:
            near = [f"{heading!r} looks like {other!r}" for heading in missing if (other := closest(heading, found))]
            raise ColumnError.build(
                f"{self.name} has no column {some(map(repr, missing))}",
                found="; ".join([f"Its columns are {some(map(repr, found), 12)}", *near]),
                advice="Name your headings with --district, --year, --value, --n-tested and --rollout",
            )

    def _typed(self, piece: pa.Table) -> pa.Table:
        columns: dict[str, Any] = {}
        for field, heading in self._pairs():
            column = piece[heading]
            columns[field] = pc.cast(column, pa.string() if field == "district" else pa.float64())
        if columns["district"].null_count:
            raise CbeError.build(
                f"{self.name}: {columns['district'].null_count} rows or more have no {self.columns['district']}",
                advice="Name every district, or leave those rows out",
            )
        return pa.table(columns)


def _read_only(address: str) -> contextlib.AbstractContextManager[Connection]:
    # Loads SQLAlchemy, which files can do without.
    from cbe_lib.ingest.database import read_only

    return read_only(address)


def _text(query: str) -> TextClause:
    from sqlalchemy import text

    return text(query.replace(":", r"\:"))
