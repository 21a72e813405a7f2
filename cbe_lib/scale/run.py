"""Fit the dips of a table of any length: in parts, resumable, with the same numbers on any number of processes."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cbe_lib.dip import pool as pooling
from cbe_lib.dip.outcome import TERMS, check_level, check_seed
from cbe_lib.dip.panel import DRAWS, check_options, with_q_values
from cbe_lib.errors import CbeError, some
from cbe_lib.results import Result
from cbe_lib.scale import parts, work
from cbe_lib.scale.places import uninterrupted, workplace
from cbe_lib.scale.source import Source

MANIFEST, WORK = "_manifest.json", "_work"
"""Readers of a folder of Parquet files pass over names that begin like this."""
ATTEMPTS = 4

Progress = Callable[[int, int], None]


@dataclass(frozen=True, repr=False)
class Summary(Result):
    """What became of a long table: see `fit_files`.

    `.table`: what, count, with a row for the districts fitted, for those with a dip, and for each reason why districts
    could not be estimated.

    Attributes
    ----------
    folder : Path
        Where the Parquet files are, which `pandas.read_parquet(folder)` opens as one table, and _manifest.json.
    """

    folder: Path


def fit_files(
    path: str | Path,
    out: str | Path,
    *,
    district: str = "district_id",
    year: str = "year",
    value: str = "value",
    n_tested: str | None = None,
    rollout: str = "rollout_year",
    scale: float | None = 100,
    pool: str = "none",
    fdr: float = 0.10,
    level: float = 0.95,
    seed: int = 0,
    workers: int = 1,
    dask: str | None = None,
    query: str = "SELECT * FROM outcomes",
    progress: Progress | None = None,
) -> Summary:
    """Which of any number of districts, schools or groups show a dip, how deep each?

    The numbers are those of `dip.fit_panel` over the whole table. The input is read once, dealt out by district into
    parts that fit in memory, and each part is fitted and written by itself. A run that was stopped goes on where it was
    when it is started again with the same input and options, and ends with the same bytes.

    Parameters
    ----------
    path : str or Path
        CSV, Parquet file, folder of Parquet files, or address of a database.
    out : str or Path
        Folder for the results. `pandas.read_parquet(out)` gives the table of `dip.fit_panel`; _manifest.json says how
        it was made and counts what could not be estimated.
    district, year, value, n_tested, rollout, scale, pool, fdr, level, seed
        As in `dip.fit_panel`. `district` may be any key that names a series.
    workers : int
        Processes on this machine, 1 or more; 1 works in this process, on all its cores.
    dask : str, optional
        Address of a Dask scheduler that does the parts; needs `pip install 'cbe-lib[scale]'`.
    query : str
        What to read, where `path` is a database.
    progress : callable, optional
        Called with the number of parts done and of all.

    Returns
    -------
    Summary
        `.table`: what, count.

    Raises
    ------
    CbeError
        For input that cannot be read, a folder that holds something else, other options than those of a run that the
        folder has begun, and what `dip.fit_panel` raises for.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib import scale, simulate
    >>> outcomes, truth = simulate.outcomes(districts=12, rollout=2012, years=range(2004, 2020), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     outcomes.to_parquet(f"{folder}/outcomes.parquet")
    ...     done = scale.fit_files(f"{folder}/outcomes.parquet", f"{folder}/terms")
    >>> int(done.table.set_index("what").loc["fitted", "count"])
    12
    """
    check_level(level)
    check_seed(seed)
    check_options(pool, fdr)
    columns = {"district": district, "year": year, "value": value, "rollout": rollout}
    source = Source(str(path), columns | ({"tested": n_tested} if n_tested else {}), query)
    full = None if scale is None else float(scale)
    options = work.Options(full, pool, fdr, level, seed)  # pyright: ignore[reportArgumentType]
    folder = Path(out)
    plan = _begin(folder, source, options)
    if plan.get("finished"):
        return _summary(folder, plan, options)
    with workplace(min(workers, plan["parts"]), dask) as (place, at_a_time):
        if place is None:
            options = replace(options, threads=None)
        _work_through(folder, options, plan, _Run(place, at_a_time, progress))
    return _summary(folder, plan, options)


def _begin(folder: Path, source: Source, options: work.Options) -> dict[str, Any]:
    """Read the plan of a run that was begun in this folder, or make one; raise if the folder holds something else."""
    plan: dict[str, Any] = {
        "cbe_lib": version("cbe-lib"),
        "source": source.name,
        "fingerprint": source.fingerprint(),
        "parts": parts.count(source),
        **{name: given for name, given in asdict(options).items() if name != "threads"},
    }
    file = folder / MANIFEST
    if file.exists():
        return _continued(_read_plan(file), plan, folder)
    strangers = sorted(each.name for each in folder.glob("*.parquet"))
    if strangers:
        raise CbeError.build(
            f"{folder} holds files that are not of this run",
            found=f"Found {some(strangers)}",
            advice="Choose an empty folder",
        )
    shutil.rmtree(folder / WORK, ignore_errors=True)
    try:
        parts.spill(source, plan["parts"], folder / WORK / "rows")
    except CbeError:
        shutil.rmtree(folder / WORK)
        with contextlib.suppress(OSError):  # it was there before, with something in it
            folder.rmdir()
        raise
    _write_plan(folder, plan)
    return plan


def _continued(begun: dict[str, Any], plan: dict[str, Any], folder: Path) -> dict[str, Any]:
    other = [name for name in plan if begun.get(name) != plan[name]]
    if other:
        raise CbeError.build(
            f"{folder} holds a run that differs in {some(other)}",
            found="; ".join(f"{name} was {begun.get(name)!r}, now it is {plan[name]!r}" for name in other),
            advice="Choose another folder, or delete this one",
        )
    return begun


def _read_plan(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise CbeError.build(f"{file} is not a manifest of this command", advice="Choose another folder") from None


def _write_plan(folder: Path, plan: dict[str, Any]) -> None:
    parts.write_whole(folder / MANIFEST, (json.dumps(plan, indent=1) + "\n").encode())


@dataclass(frozen=True)
class _Run:
    """Where the parts are done, how many at a time, and whom to tell."""

    place: Callable[[], Executor] | None
    workers: int
    progress: Progress | None

    def tell(self, done: int, parts: int) -> None:
        if self.progress:
            self.progress(done, parts)


def _work_through(folder: Path, options: work.Options, plan: dict[str, Any], run: _Run) -> None:
    spilled, fitted = folder / WORK / "rows", folder / WORK / "terms"
    fitted.mkdir(parents=True, exist_ok=True)
    names = sorted(file.stem for file in spilled.glob("*.arrow"))
    message = partial(_message, spilled)
    common = None
    if options.pool == "empirical-bayes":
        common = _learn(names, message, options, plan, run)
    left = [name for name in names if not (fitted / f"{name}.parquet").exists()]
    job = partial(work.fit_part, options=options, common=common)
    run.tell(len(names) - len(left), len(names))
    for done, (name, content) in enumerate(_each(job, left, message, run), start=len(names) - len(left) + 1):
        parts.write_whole(fitted / f"{name}.parquet", content)
        run.tell(done, len(names))
    _finish(folder, fitted, names, options, plan)


def _message(spilled: Path, name: str) -> work.Message:
    return work.packed(parts.read(spilled / f"{name}.arrow"))


def _learn(
    names: list[str],
    message: Callable[[str], work.Message],
    options: work.Options,
    plan: dict[str, Any],
    run: _Run,
) -> pooling.Common | None:
    """Learn from all parts what each district's estimate leans on; None if there are too few districts."""
    tallied = dict(_each(partial(work.tally_part, options=options), names, message, run))
    tally = pooling.Tally({}, {})
    for name in names:
        tally += tallied[name][0]
    if not pooling.enough(tally):
        plan["not pooled"] = f"fewer than {pooling.FEWEST} districts can be estimated"
        return None
    chosen = pooling.spread_out(np.array(sorted(each for _, able in tallied.values() for each in able), dtype=object))
    rows = pa.concat_tables([work.rows_of(message(name), chosen.tolist()) for name in names])
    learned = pooling.learn(tally, work.sample_batches(rows, options), DRAWS, options.seed)
    course = pooling.common_course(tally, pooling.POPULATION_DRAWS, options.seed)
    told = pooling.population(tally, course, options.level)
    plan["population"] = json.loads(told.to_json(orient="records"))
    return learned


def _each(
    job: Callable[[work.Message], Any], names: list[str], message: Callable[[str], work.Message], run: _Run
) -> Iterator[tuple[str, Any]]:
    """Do `job` for every part, a few in flight at a time; parts that a lost worker held are done again."""
    if run.place is None:
        for name in names:
            yield name, job(message(name))
        return
    left = list(names)
    for _ in range(ATTEMPTS):
        with contextlib.suppress(BrokenProcessPool):
            for name, result in _in_flight(job, left.copy(), message, run.place(), 2 * run.workers):
                left.remove(name)
                yield name, result
        if not left:
            return
    raise CbeError.build(
        f"{len(left)} parts could not be done: their processes ended {ATTEMPTS} times",
        advice="Is there memory enough? Start the same command again with fewer --workers; what is done is kept",
    )


def _in_flight(
    job: Callable[[work.Message], Any],
    names: list[str],
    message: Callable[[str], work.Message],
    executor: Executor,
    most: int,
) -> Iterator[tuple[str, Any]]:
    with executor:
        running: dict[Future, str] = {}
        while names or running:
            while names and len(running) < most:
                name = names.pop(0)
                content = message(name)
                with uninterrupted():
                    running[executor.submit(job, content)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()


def _finish(folder: Path, fitted: Path, names: list[str], options: work.Options, plan: dict[str, Any]) -> None:
    """Add q-values, which need every p-value, write the files to keep, and remove the scaffolding."""
    tested = [pq.read_table(fitted / f"{name}.parquet", columns=["p_value"]).to_pandas() for name in names]
    q_values = with_q_values(pd.concat(tested, ignore_index=True))["q_value"].to_numpy()
    counts = {"fitted": 0, "with a dip": 0}
    start = 0
    for name, part in zip(names, tested, strict=True):
        terms = pq.read_table(fitted / f"{name}.parquet").to_pandas()
        terms["q_value"] = q_values[start : start + len(part)]
        start += len(part)
        parts.write_whole(folder / f"{name}.parquet", work.as_parquet(terms))
        _count(counts, terms, options.fdr)
    plan |= {"finished": True, "counts": {**counts}}
    _write_plan(folder, plan)
    shutil.rmtree(folder / WORK, ignore_errors=True)
    for half_written in folder.glob(".*.unfinished"):
        half_written.unlink()


def _count(counts: dict[str, int], terms: pd.DataFrame, fdr: float) -> None:
    depth = terms[terms["term"] == TERMS[0]]
    counts["fitted"] += int(depth["p_value"].notna().sum())
    counts["with a dip"] += int((depth["q_value"] <= fdr).sum())
    for reason, count in depth.loc[depth["p_value"].isna(), "note"].value_counts().items():
        key = _kind(str(reason))
        counts[key] = counts.get(key, 0) + int(count)


def _kind(reason: str) -> str:
    """Cut a reason to what it shares with others of its kind."""
    return "".join("…" if letter.isdigit() else letter for letter in reason.partition(": found")[0]).replace("……", "…")


def _summary(folder: Path, plan: dict[str, Any], options: work.Options) -> Summary:
    counts = plan["counts"]
    table = pd.DataFrame({"what": list(counts), "count": list(counts.values())})
    fitted, found = counts["fitted"], counts["with a dip"]
    left = sum(counts.values()) - fitted - found
    untold = f" For {left:,} more the data cannot tell; the table says why." if left else ""
    found_some = (
        f"{found:,} of {fitted:,} series show a dip; of those, about {options.fdr:.0%} may be false alarms.{untold} "
        "Something that hit the whole state would look like a dip everywhere: compare with districts that did not "
        "change."
    )
    none = f"Cannot tell for any of {left:,} series whether there was a dip; the table says why."
    text = found_some if fitted else none
    kept = f"The terms of each are in {folder}: pandas.read_parquet({str(folder)!r}) opens them as one table."
    notes = (f"Not pooled: {plan['not pooled']}.", kept) if "not pooled" in plan else (kept,)
    return Summary(table, text, notes, None, folder)
