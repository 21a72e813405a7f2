"""Frames drawn one after the other into an MP4: the same words and drawings give the same frames."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

SIZE, DPI = (9.6, 5.4), 100
# One thread and no dates in the file: made twice, it is the same twice.
EXACT = ["-crf", "28", "-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
AT_REST = 0.8  # no line moves for longer than this part of its time
Draw = Callable[[Figure, int, float], None]


def drawing(name: str) -> Draw:
    """Give the function that draws a film: figure, number of the line, and how far the line has gone (0 to 1)."""
    return importlib.import_module(f"course.explainers.{name}").draw


def blank() -> Figure:
    """Make the sheet that every frame is drawn on."""
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def moments(lengths: list[int], fps: int) -> list[tuple[int, float]]:
    """List for each frame its line and how far that line has gone.

    >>> moments([1, 1], 2)
    [(0, 0.0), (0, 0.5), (1, 0.0), (1, 0.5)]
    """
    return [(line, frame / (length * fps)) for line, length in enumerate(lengths) for frame in range(length * fps)]


def film(name: str, lengths: list[int], fps: int, target: Path) -> None:
    """Draw all frames of a film into `target`; a picture at rest is drawn once."""
    from imageio_ffmpeg import write_frames  # of the group "course" alone: it brings a whole ffmpeg

    figure, draw = blank(), drawing(name)
    size = tuple(round(side * DPI) for side in SIZE)
    writer = write_frames(
        str(target), size, fps=fps, codec="libx264", quality=None, macro_block_size=2, output_params=EXACT
    )
    writer.send(None)
    shown, picture = None, b""
    for line, gone in moments(lengths, fps):
        moment = (line, min(gone, AT_REST))
        if moment != shown:
            figure.clear()
            draw(figure, *moment)
            shown, picture = moment, _pixels(figure)
        writer.send(picture)
    writer.close()


def _pixels(figure: Figure) -> bytes:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].tobytes()


def still(name: str, line: int, gone: float, target: Path) -> None:
    """Save one frame as PNG, to look at or to stand for the film before it plays."""
    figure = blank()
    drawing(name)(figure, line, gone)
    figure.savefig(target, dpi=DPI)
