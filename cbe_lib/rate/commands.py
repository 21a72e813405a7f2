"""The commands `cbe rate ...`; what they need is loaded when one is run."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cbe_lib.framework import Rubric
    from cbe_lib.store import Database

app = typer.Typer(
    help="""Rate a district as a team: each alone, then all together.

    Start with `cbe rate serve`; everything else can be done on its pages. Without them, for instance:

    - `cbe rate open "Alder" --lead "Lee" --raters 3` prints the code of a session
    - `cbe rate workbook CODE --out form.xlsx` writes the workbook to rate in
    - `cbe rate import CODE ann.xlsx ben.xlsx` takes filled ones in
    - `cbe rate reveal CODE --by "Lee"` shows all votes
    - `cbe rate export CODE --out ratings.xlsx` writes them

    Exit status: 0 done; 2 it cannot be done, and one line says why; 130 stopped by Ctrl+C.""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Store = Annotated[str, typer.Option(help="SQLite file, or postgresql://user@server/name.", envvar="CBE_RATE_STORE")]
Token = Annotated[
    str | None,
    typer.Option(help="Secret of 16 letters or more in every address; 'new' draws one.", envvar="CBE_RATE_TOKEN"),
]
Code = Annotated[str, typer.Argument(help="Code of the session.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but mistakes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Words = Annotated[Path | None, typer.Option(help="Your own rubric (TOML); the packaged one by default.")]
PLACE = "cbe_ratings.db"


def tell(sentence: str, facts: object, *, quiet: bool = False, as_json: bool = False) -> None:
    """Print what a command has done as it was asked for: a sentence, JSON, or nothing."""
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, default=str))
    elif not quiet:
        typer.echo(sentence)


@app.command()
def serve(
    store: Store = PLACE,
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8867,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this machine's own needs a token.")
    ] = "127.0.0.1",
    token: Token = None,
    rubric: Words = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Start without opening a browser.")] = False,
) -> None:
    """Serve the rating pages, to browsers on this machine only unless told otherwise. End it with Ctrl+C.

    For instance `cbe rate serve --store visits.db`; for a team in one building
    `cbe rate serve --host 0.0.0.0 --token new`, then pass the printed address on.
    """
    import webbrowser

    from cbe_lib.rate.server import serve as run

    def tell(address: str) -> None:
        typer.echo(f"Rate together at {address}")
        if not no_browser:
            webbrowser.open(address)

    run(store, host=host, port=port, token=token, rubric=_rubric(rubric), tell=tell)


@app.command("open")
def open_(
    district: Annotated[str, typer.Argument(help="District to be rated.")],
    lead: Annotated[str, typer.Option(help="Name of who leads the session.")],
    wave: Annotated[str, typer.Option(help="Round of rating, for instance 'spring 2026'.")] = "",
    raters: Annotated[int | None, typer.Option(help="Raters in the team; unknown: the lead shows the votes.")] = None,
    rubric: Words = None,
    store: Store = PLACE,
    address: Annotated[str, typer.Option(help="Where `cbe rate serve` answers.")] = "http://127.0.0.1:8867",
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Open a session; print its code, the address to join at, and the lead's own address.

    For instance `cbe rate open "Alder" --lead "Lee" --raters 3 --wave "spring 2026"`.
    """
    from cbe_lib.store import open_session

    with _opened(store) as db:
        session, secret = open_session(db, district, lead=lead, wave=wave, team_size=raters, rubric=_rubric(rubric))
    start, end = address.rstrip("/"), f"?access={token}" if token else ""
    join, lead_here = f"{start}/join/{session.code}{end}", f"{start}/s/{session.id}/me/lead/{secret}{end}"
    lines = (
        f"Code of the session: {session.code}",
        f"To join:             {join}",
        f"To lead (secret):    {lead_here}",
    )
    tell("\n".join(lines), {"code": session.code, "join": join, "lead": lead_here}, as_json=as_json)


@app.command()
def workbook(
    code: Code,
    out: Annotated[Path, typer.Option(help="Workbook to write (.xlsx).")],
    store: Store = PLACE,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write an empty workbook, in which any rater of the session can rate without a network.

    For instance `cbe rate workbook CODE --out form.xlsx`, with the code that `cbe rate open` printed.
    """
    from cbe_lib.store import find_session
    from cbe_lib.store.workbooks import write_form

    with _opened(store) as db, _writing(out) as stream:
        write_form(db, find_session(db, code), None, stream)
    tell(f"Written: {out}", {"file": str(out)}, quiet=quiet, as_json=as_json)


@app.command("import")
def import_(
    code: Code,
    workbooks: Annotated[list[Path], typer.Argument(help="Filled workbooks, one a rater.")],
    store: Store = PLACE,
    as_json: AsJson = False,
) -> None:
    """Take in filled workbooks, for whom they name; a workbook that comes twice adds nothing.

    For instance `cbe rate import CODE ann.xlsx ben.xlsx`.
    """
    from cbe_lib.store import find_session
    from cbe_lib.store.merging import merge
    from cbe_lib.store.people import rater_named
    from cbe_lib.store.reveals import hand_in

    taken = {}
    with _opened(store) as db:
        session = find_session(db, code)
        for path in workbooks:
            with _reading(path) as stream:
                merged = merge(db, session, stream)
            rater = rater_named(db, session, merged.rater)
            if rater and merged.votes:
                hand_in(db, rater)
            taken[path.name] = merged._asdict()
            tell(f"{path.name}: {merged}", None, quiet=as_json)
    tell("", taken, quiet=True, as_json=as_json)


@app.command()
def reveal(
    code: Code,
    by: Annotated[str, typer.Option(help="Who decides so; stays on record.")],
    store: Store = PLACE,
    as_json: AsJson = False,
) -> None:
    """Show all votes of a session to its team, from now on and for good.

    For instance `cbe rate reveal CODE --by "Lee"`.
    """
    from cbe_lib.store import find_session
    from cbe_lib.store import reveal as show

    with _opened(store) as db:
        shown = show(db, find_session(db, code), by)
    facts = {"shown": f"{shown.at:%Y-%m-%dT%H:%M:%SZ}", "by": shown.author}
    tell(f"Shown since {shown.at:%Y-%m-%d %H:%M} UTC, by {shown.author}.", facts, as_json=as_json)


@app.command()
def export(
    code: Code,
    out: Annotated[Path, typer.Option(help="Workbook (.xlsx), or folder for ratings.csv and evidence.csv.")],
    store: Store = PLACE,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write the ratings and the evidence of a session, once they have been shown. Names are in it.

    For instance `cbe rate export CODE --out ratings.xlsx`.
    """
    from cbe_lib.store import find_session
    from cbe_lib.store.workbooks import write_csv, write_tables

    with _opened(store) as db:
        session = find_session(db, code)
        if out.suffix.lower() == ".xlsx":
            with _writing(out) as stream:
                write_tables(db, session, stream)
        else:
            write_csv(db, session, out)
    sentence = f"Written: {out}. Raters' names are in it: pass it on only with their consent."
    tell(sentence, {"written": str(out), "holds_names": True}, quiet=quiet, as_json=as_json)


def _rubric(path: Path | None) -> Rubric | None:
    from cbe_lib.framework import read_rubric

    return read_rubric(path) if path else None


@contextmanager
def _opened(place: str) -> Iterator[Database]:
    from cbe_lib.store import connect

    db = connect(place)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    """Give a stream whose content becomes the file only if nothing went wrong."""
    from cbe_lib.files import whole

    content = io.BytesIO()
    yield content
    with whole(path) as place:
        place.write_bytes(content.getvalue())


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        from cbe_lib.errors import CbeError

        raise CbeError.build(f"{path} could not be read", found=str(error), advice="Check the path") from None
    yield io.BytesIO(content)
