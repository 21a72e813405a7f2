"""Parquet files: typed columns, written as text like every other source."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cbe_lib.errors import CbeError
from cbe_lib.ingest.grid import Grid, as_text, framed, refuse_size

MOST_UNPACKED = 2**30  # bytes of all cells together
_SIMPLE = (pa.types.is_integer, pa.types.is_decimal, pa.types.is_string, pa.types.is_large_string)


def read_parquet(path: Path) -> Grid:
    """Read a Parquet file into a grid; the names of its columns are the headings."""
    try:
        file = pq.ParquetFile(path, read_dictionary=_texts_of(path))
        refuse_size(file.metadata.num_rows, file.metadata.num_columns, path.name)
        _refuse_unpacked(_stated(file.metadata), path.name)
        table = file.read()
        table.validate(full=True)  # text that is no UTF-8 among others
        _refuse_unpacked(sum(map(_spelled_out, table.columns)), path.name)
        return Grid("", framed([_texts(column) for column in table.columns]), tuple(map(str, table.column_names)))
    except CbeError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CbeError.build(
            f"{path.name} cannot be read as a Parquet file",
            found=f"The file is damaged: {' '.join(str(error).split())[:200]}",
            advice="Write it again from where it came, or save the table as CSV",
        ) from None


def _texts_of(path: Path) -> list[str]:
    """Name the columns of text: read as numbers of words, each word once, until it is known how long all would be."""
    schema = pq.read_schema(path)
    return [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]


def _stated(about: pq.FileMetaData) -> int:
    return sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))


def _spelled_out(column: pa.ChunkedArray) -> int:
    """Return how many bytes the words of a column have where each stands as often as it is meant."""
    kind = column.type
    if not pa.types.is_dictionary(kind) or not (
        pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
    ):
        return column.nbytes
    lengths = (pc.call_function("binary_length", [chunk.dictionary]).take(chunk.indices) for chunk in column.chunks)
    return sum(pc.call_function("sum", [each.cast(pa.int64())]).as_py() or 0 for each in lengths)


def _refuse_unpacked(size: int, name: str) -> None:
    if size > MOST_UNPACKED:
        raise CbeError.build(
            f"{name} is too large to read",
            found=f"Unpacked it has {size / 2**20:,.0f} MB; at most {MOST_UNPACKED / 2**20:,.0f} MB are read",
            advice="Split it, or put it into a database and read it from there",
        )


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if any(simple(column.type) for simple in _SIMPLE):
        return _without(column.cast(pa.string()), "equal", pa.scalar(""))
    if pa.types.is_floating(column.type):
        # A missing number may be stored as NaN, which is no text to read.
        return _without(column, "is_nan").cast(pa.string())
    return pa.chunked_array([as_text(chunk.to_pylist()) for chunk in column.chunks], pa.string())


def _without(column: pa.ChunkedArray, test: str, *against: pa.Scalar) -> pa.ChunkedArray:
    """Make the cells missing for which `test` holds."""
    nothing = pa.scalar(None, column.type)
    return pc.call_function("if_else", [pc.call_function(test, [column, *against]), nothing, column])
