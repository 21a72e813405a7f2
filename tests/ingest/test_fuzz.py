"""Whatever a file holds, the answer is a reading or a CbeError. The long run is benchmarks/ingest_study.py."""

import io
import random
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks._ingest_fuzz import COLUMNS, cell, mutated, outcome, seeds
from cbe_lib import ingest

MANY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(st.lists(st.lists(cell, min_size=0, max_size=7), min_size=1, max_size=6))
def test_any_cells_in_a_text_file_give_a_reading_or_a_sentence(tmp_path, rows):
    text = "\n".join(",".join(row) for row in [COLUMNS, *rows])
    (tmp_path / "f.csv").write_text(text, encoding="utf-8", errors="replace")
    assert outcome(tmp_path / "f.csv") in ("read", "refused")


@MANY
@given(st.binary(max_size=400))
def test_any_bytes_give_a_reading_or_a_sentence(tmp_path, content):
    (tmp_path / "f.csv").write_bytes(content)
    assert outcome(tmp_path / "f.csv") in ("read", "refused")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parts", "parquet"])
def test_mutated_files_give_a_reading_or_a_sentence(tmp_path, kind):
    chance = random.Random(7)
    seed = seeds(tmp_path)[kind]
    for _ in range(20):
        (tmp_path / "f.xlsx").write_bytes(mutated(seed, kind, chance))
        assert outcome(tmp_path / "f.xlsx") in ("read", "refused")


def test_the_seed_of_the_mutations_is_a_file_that_is_read(tmp_path):
    content = seeds(tmp_path)["xlsx"]
    assert zipfile.is_zipfile(io.BytesIO(content))
    (tmp_path / "f.xlsx").write_bytes(content)
    assert len(ingest.read(tmp_path / "f.xlsx").frame) == 3
