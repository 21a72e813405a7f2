"""The command `cbe`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from cbe_lib.rate.commands import AsJson, Quiet, tell
from cbe_lib.rate.commands import app as rate
from cbe_lib.threads import one_each

if TYPE_CHECKING:
    from cbe_lib.ingest import Reading

app = typer.Typer(
    help="""Was there an implementation dip, how deep, how long, and how sure can anyone be?

    Start with `cbe samples` to see which data come along. Then, for instance:

    - `cbe pages` shows the pictures without code, in a browser
    - `cbe lab --copy-notebooks course` fetches the notebooks, `cbe lab course/00_start_here.ipynb` opens them
    - `cbe template outcomes --out outcomes.xlsx` makes a workbook to fill in
    - `cbe check outcomes.xlsx` lists everything that is wrong with a file
    - `cbe fit outcomes.csv --out terms --n-tested n_tested` estimates the dip of every district in it
    - `cbe brief 00013 --out visit` writes the two pages for a site visit
    - `cbe rate serve` lets a visiting team rate a district together

    Exit status: 0 done; 1 done, but `check` rejected something; 2 the input or the words of the command cannot be
    used, and one line on the error stream says why; 130 stopped by Ctrl+C, which leaves no file half written.
    In Python: `from cbe_lib import dip, samples`.""",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.add_typer(rate, name="rate")

STOPPED = 130

Port = Annotated[int, typer.Option(help="Port on this machine (127.0.0.1).", min=1, max=65535)]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Start without opening a browser.")]


@app.command()
def samples(as_json: AsJson = False) -> None:
    """List the data that come along, and the question that each serves.

    Load one in Python with `samples.load("westminster")`. For other programs: `cbe samples --json`.
    """
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from cbe_lib.samples import folder, listing

    if as_json:
        tell("", listing().to_dict("records"), as_json=True)
        return
    console = Console(highlight=False)
    for sample in listing().itertuples(index=False):
        kind = "synthetic" if sample.synthetic else "real"
        console.print(f"[bold]{sample.name}[/bold]  {sample.rows} rows, {kind}")
        for line in (sample.question, sample.provenance, f"License: {sample.license}"):
            console.print(Padding(Text(str(line)), (0, 0, 0, 2), expand=False))
        console.print()
    console.print(Text(f"The files lie in {folder()}"), soft_wrap=True)


@app.command()
def pages(
    port: Port = 8866,
    no_browser: NoBrowser = False,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of notebooks, a page each; the project's own by default.")
    ] = None,
    warm: Annotated[int, typer.Option(help="Kernels kept ready for each page; about 150 MB each.", min=0)] = 1,
    idle: Annotated[int, typer.Option(help="Seconds until the kernel of a closed page is ended.", min=1)] = 600,
) -> None:
    """Serve the pages without code, to browsers on this machine only.

    The address is printed; the first page of it lists all pages. End it with Ctrl+C. For instance
    `cbe pages --port 9000 --no-browser`, then open `http://127.0.0.1:9000`.
    """
    from cbe_lib.pages import APPS, arguments, serve

    serve(arguments(folder or APPS, port=port, browser=not no_browser, warm=warm, idle=idle))


@app.command()
def lab(
    notebook: Annotated[Path, typer.Argument(help="Notebook to open first.")] = Path("notebooks/00_start_here.ipynb"),
    copy_notebooks: Annotated[
        Path | None, typer.Option(help="Copy the notebooks that come along into this folder, and open nothing.")
    ] = None,
    port: Port = 8888,
    no_browser: NoBrowser = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Open a notebook in JupyterLab, on this machine only. End it with Ctrl+C.

    In a checkout of the project `cbe lab` finds the first one. Elsewhere fetch them once with
    `cbe lab --copy-notebooks course`, then `cbe lab course/00_start_here.ipynb`. Copies that you have changed are never
    overwritten.
    """
    from cbe_lib.pages import notebooks, open_lab

    if copy_notebooks is None:
        open_lab(notebook, port=port, browser=not no_browser)
        return
    copied = notebooks.copy(_folder(copy_notebooks))
    first = copy_notebooks / notebooks.FIRST
    kept = "" if copied else " Those that are there were left as they are."
    sentence = f"{len(copied)} notebooks copied.{kept} Open the first with: cbe lab {first}"
    tell(sentence, {"copied": [str(file) for file in copied]}, quiet=quiet, as_json=as_json)


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="Spreadsheet, text file, Parquet file or address of a database.")],
    table: Annotated[str, typer.Option(help="Table that the file holds.")] = "outcomes",
    mapping: Annotated[Path | None, typer.Option(help="What was said about an earlier file (TOML).")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook, or table of a database.")] = None,
    year_means: Annotated[str | None, typer.Option(help="What a bare 2015 means: end (2014-15) or start.")] = None,
    id_width: Annotated[int | None, typer.Option(help="Digits that every district id has.", min=1, max=30)] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write every line of the report to this CSV or HTML file.")
    ] = None,
    save_mapping: Annotated[Path | None, typer.Option(help="Keep how the file was read, for next year's.")] = None,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the summary only.")] = False,
) -> None:
    """List everything that is wrong with a file, at once, with what to do about it.

    For instance `cbe check outcomes.xlsx --report report.csv`; for the other tables
    `cbe check start.xlsx --table rollout`. The file is only read. Exit status: 0 nothing was rejected, 1 something
    was, 2 the file cannot be read at all.
    """
    from cbe_lib import ingest
    from cbe_lib.errors import CbeError

    try:
        found = ingest.read(
            file, table, mapping=mapping, sheet=sheet, year_means=cast(Any, year_means), id_width=id_width
        )
        if report is not None:
            _write_report(found, report)
        if save_mapping is not None:
            ingest.save_mapping(found, save_mapping)
    except (CbeError, OSError) as problem:
        typer.echo(f"cbe: {_for_check(str(problem), file, table)}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(found.to_json())
    else:
        _print_reading(found, quiet=quiet)
    raise typer.Exit(1 if found.rejected else 0)


def _for_check(problem: str, file: str, table: str) -> str:
    """Say what cannot be read in the words of the command, and where else the table may be."""
    from cbe_lib.ingest.options import IN_A_FILE, as_typed, needs_file, other_table

    said = as_typed(problem)
    if other := other_table(file, table):
        return f"{said} If it is the table {other!r}: --table {other}."
    return f"{said} {IN_A_FILE}" if needs_file(problem) else said


def _write_report(found: Reading, report: Path) -> None:
    from cbe_lib.files import whole

    if report.suffix.lower() != ".html":
        found.to_csv(report)
        return
    with whole(report) as place:
        place.write_text(found.to_html(), encoding="utf-8")


def _print_reading(found: Reading, *, quiet: bool) -> None:
    """Print what was found: for each rule what it is, how often and where first, and what to do."""
    from rich.console import Console
    from rich.text import Text

    from cbe_lib.ingest.options import IN_A_FILE, as_typed, needs_file

    console = Console(highlight=False)
    color = {"rejected": "bold red", "warned": "yellow", "handled": "green"}
    for line in () if quiet else found.table.itertuples(index=False):
        row = f", first in row {line.first_row}" if str(line.first_row).isdigit() else ""
        place = f" in {line.column!r}" if line.column else ""
        cell = f": {line.cell!r}" if line.cell else ""
        what = Text(f"{line.rule}{place}, {line.count} x{row}{cell}")
        console.print(Text(str(line.action), style=color[str(line.action)]), what, soft_wrap=True)
        console.print(Text(f"    {as_typed(str(line.advice))}", style="dim"), soft_wrap=True)
    if not quiet and found.table["advice"].map(needs_file).any():
        console.print(Text(IN_A_FILE), soft_wrap=True)
    console.print(Text(found.text), soft_wrap=True)


@app.command()
def fit(
    path: Annotated[str, typer.Argument(help="CSV or Parquet file, folder of Parquet files, or database address.")],
    out: Annotated[Path, typer.Option(help="Folder for the results; the same folder again continues.")],
    district: Annotated[str, typer.Option(help="Column that names the series.")] = "district_id",
    year: Annotated[str, typer.Option(help="Column of the spring year.")] = "year",
    value: Annotated[str, typer.Option(help="Column of the result.")] = "value",
    n_tested: Annotated[str | None, typer.Option(help="Column of students tested.")] = None,
    rollout: Annotated[str, typer.Option(help="Column of the first affected spring.")] = "rollout_year",
    scale: Annotated[str, typer.Option(help="100 for percent, 1 for shares, none for scores.")] = "100",
    pool: Annotated[str, typer.Option(help="none, or empirical-bayes to let series borrow strength.")] = "none",
    fdr: Annotated[float, typer.Option(help="False discovery rate that dips are counted at.")] = 0.10,
    level: Annotated[float, typer.Option(help="Coverage of the intervals.")] = 0.95,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes on this machine.", min=1)] = 1,
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler, tcp://...")] = None,
    query: Annotated[str, typer.Option(help="What to read, if PATH is a database.")] = "SELECT * FROM outcomes",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Estimate the dips of any number of districts, schools or groups.

    For instance `cbe fit outcomes.csv --out terms --n-tested n_tested --workers 2`; from a database
    `cbe fit sqlite:///state.db --query "SELECT * FROM outcomes" --out terms`. The Parquet files in the folder together
    are the table of `dip.fit_panel`: they name every district, so they are for your own use. A run that was stopped,
    by Ctrl+C too, goes on when the same command is given again.
    """
    one_each()
    from cbe_lib.scale import fit_files

    asked = {"district": district, "year": year, "value": value, "n_tested": n_tested, "rollout": rollout}
    how = {"scale": _scale(scale), "pool": pool, "fdr": fdr, "level": level, "seed": seed}
    with _progress(shown=not (quiet or as_json)) as show:
        done = fit_files(path, _folder(out), **asked, **how, workers=workers, dask=dask, query=query, progress=show)
    facts = {"folder": str(out), "counts": dict(done.table.itertuples(index=False))}
    tell(str(done), facts, quiet=quiet, as_json=as_json)


def _scale(word: str) -> float | None:
    from cbe_lib.errors import CbeError

    if word not in ("100", "1", "none"):
        raise CbeError.build("`--scale` must be 100, 1 or none", found=f"Found {word!r}")
    return None if word == "none" else float(word)


def _folder(path: Path) -> Path:
    """Return a path that can be a folder; raise CbeError where a file lies."""
    from cbe_lib.errors import CbeError

    if path.is_file():
        raise CbeError.build(f"{path} is a file", advice="Name a folder; it is made if it is not there")
    return path


@contextlib.contextmanager
def _progress(shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with the time left, if somebody looks: on the error stream, so that output can be piped."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, disable=not (shown and screen.is_terminal), transient=True) as bar:
        task = bar.add_task("Reading")
        yield lambda done, parts: bar.update(task, description="Fitting", completed=done, total=parts)


@app.command()
def brief(
    district: Annotated[str, typer.Argument(help="district_id, or exact name.")],
    out: Annotated[Path, typer.Option(help="Folder for the PDF and the web page; made if it is not there.")],
    tables: Annotated[
        Path | None, typer.Option(help="Folder of tables, <table>.csv each; the sample state if left out.")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write the two-page brief for a visit to DISTRICT: a tagged PDF to print, and a web page.

    For instance `cbe brief 00013 --out visit`. A folder of tables needs districts.csv (district_id, name) and
    outcomes.csv; every other table that `cbe template` knows adds to the brief. What is missing is named as something
    that could not be told.
    """
    from cbe_lib.brief import TABLES, build, read_folder, write
    from cbe_lib.samples import state

    content = build(district, state(*TABLES) if tables is None else read_folder(tables))
    pdf, page = write(content, _folder(out), name=district)
    sentence = f"{pdf}: two pages to print.\n{page}: the same for a screen."
    tell(sentence, {"pdf": str(pdf), "html": str(page)}, quiet=quiet, as_json=as_json)


@app.command()
def template(
    table: Annotated[str, typer.Argument(help="Table to fill in, for instance outcomes or rollout.")],
    out: Annotated[Path, typer.Option(help="Workbook to write, ending in .xlsx.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write an empty workbook for TABLE: headings, drop-downs, one example row and a data dictionary.

    For instance `cbe template outcomes --out outcomes.xlsx`; once filled in, `cbe check outcomes.xlsx`. A file that is
    there is not overwritten without `--force`.
    """
    from cbe_lib.ingest.template import EXAMPLE
    from cbe_lib.ingest.template import template as write

    written = write(table, out, force=force)
    sentence = f"{written}: fill in the sheet data from row 3. Rows that begin with {EXAMPLE} are left out."
    tell(sentence, {"file": str(written), "table": table}, quiet=quiet, as_json=as_json)


def main() -> None:
    """Run the command line; a mistake in the input ends in one line, not in a traceback."""
    try:
        app()
    except SystemExit as ended:
        if ended.code == STOPPED:
            typer.echo("cbe: stopped. No file was left half written.", err=True)
        raise
    except (ValueError, OSError) as problem:
        typer.echo(f"cbe: {_in_one_line(problem)}", err=True)
        raise SystemExit(2) from None


def _in_one_line(problem: ValueError | OSError) -> str:
    """Say what the user can mend; raise again what is a mistake of this program."""
    # Loads pandas, which `cbe --help` can do without.
    from cbe_lib.errors import CbeError

    if isinstance(problem, OSError):
        return ": ".join(str(part) for part in (problem.filename, problem.strerror or problem) if part)
    if not isinstance(problem, CbeError):
        raise problem
    return " ".join(str(problem).splitlines())


if __name__ == "__main__":
    main()
