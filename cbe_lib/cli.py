"""The command `cbe`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="""Was there an implementation dip, how deep, how long, and how sure can anyone be?

    Start with `cbe samples` to see which data come along, then `cbe lab` for the notebooks or `cbe pages` for
    the same pictures without code. In Python: `from cbe_lib import dip, samples`.""",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

Port = Annotated[int, typer.Option(help="Port on this machine (127.0.0.1).", min=1, max=65535)]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Start without opening a browser.")]


@app.command()
def samples() -> None:
    """List the data that come along, and the question that each serves.

    Load one in Python with samples.load("westminster").
    """
    from rich.console import Console

    from cbe_lib.samples import listing

    console = Console(highlight=False)
    for sample in listing().itertuples(index=False):
        kind = "synthetic" if sample.synthetic else "real"
        console.print(f"[bold]{sample.name}[/bold]  {sample.rows} rows, {kind}")
        console.print(f"  {sample.question}\n  {sample.provenance}\n  License: {sample.license}\n")


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

    The address is printed; the first page of it lists all pages. End it with Ctrl+C.
    """
    from cbe_lib.pages import APPS, arguments, serve

    serve(arguments(folder or APPS, port=port, browser=not no_browser, warm=warm, idle=idle))


@app.command()
def lab(
    notebook: Annotated[Path, typer.Argument(help="Notebook to open first.")] = Path("notebooks/00_start_here.ipynb"),
    port: Port = 8888,
    no_browser: NoBrowser = False,
) -> None:
    """Open the notebooks in JupyterLab, on this machine only. End it with Ctrl+C."""
    from cbe_lib.pages import open_lab

    open_lab(notebook, port=port, browser=not no_browser)


def main() -> None:
    """Run the command line; a mistake in the input ends in one sentence, not in a traceback."""
    from cbe_lib.errors import CbeError

    try:
        app()
    except CbeError as problem:
        typer.echo(f"cbe: {problem}", err=True)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
