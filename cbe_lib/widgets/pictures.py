"""What is shown for each choice: asked for once, kept, and drawn ahead of the reader where that is wanted."""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd

from cbe_lib.errors import CbeError
from cbe_lib.plots import svg

MOST_KEPT = 300
FIRST_REST, REST, AHEAD_REST = 8.0, 0.02, 0.005
"""Seconds: drawing beforehand lets all pages come up first, and whoever moves a control come between."""
_DRAWING = threading.Lock()
"""Figures are drawn over, and Matplotlib's settings belong to everybody: one thread draws at a time."""


class Pictures:
    """Picture and sentence for each choice of values by name."""

    def __init__(self, function: Callable[..., tuple[Any, ...]]) -> None:
        self.function = function
        self.known: dict[tuple, tuple[str, str]] = {}
        self.ahead: Iterator[Mapping[str, Any]] = iter(())
        self.reader: threading.Thread | None = None
        self.turn = threading.Lock()

    def of(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return what is shown for these values."""
        key = tuple(values.items())
        try:
            known = self.known.get(key)
        except TypeError:  # an upload is no key
            with _DRAWING:
                return _shown(partial(self.function, **values))
        return known or self._kept(key, values)

    def _kept(self, key: tuple, values: Mapping[str, Any]) -> tuple[str, str]:
        with _DRAWING:
            if known := self.known.get(key):  # drawn ahead while this thread waited
                return known
            shown = self.known[key] = _shown(partial(self.function, **values))
            while len(self.known) > MOST_KEPT:
                self.known.pop(next(iter(self.known)))
        return shown

    def prepare(self, choices: Iterable[Mapping[str, Any]]) -> None:
        """Draw these choices, unhurriedly."""
        time.sleep(FIRST_REST)
        for values in choices:
            self.of(values)
            time.sleep(REST)

    def draw_ahead(self, choices: Iterable[Mapping[str, Any]]) -> None:
        """Draw these choices in the background, in place of those that were still to be drawn."""
        with self.turn:
            self.ahead = iter(choices)
            if self.reader is None or not self.reader.is_alive():  # a mistake in the function ends it
                self.reader = threading.Thread(target=self._read_ahead, daemon=True)
                self.reader.start()

    def _read_ahead(self) -> None:
        while True:
            time.sleep(AHEAD_REST)
            with self.turn:
                values = next(self.ahead, None)
                if values is None:
                    self.reader = None
                    return
            self.of(values)


def likely(controls: Mapping[str, Any], moved: str | None = None, before: Any = None) -> list[dict[str, Any]]:
    """List the choices one step away: those of the control that was moved first, on in the same direction."""
    here = {name: each.value for name, each in controls.items()}
    found = []
    for name in sorted(controls, key=lambda name: name != moved):
        places = every_value(controls[name])
        if here[name] not in places:
            continue
        at = places.index(here[name])
        steps = (1, -1)
        if name == moved and before in places:
            steps = (1, 2, -1) if places.index(before) < at else (-1, -2, 1)
        found += [here | {name: places[at + step]} for step in steps if 0 <= at + step < len(places)]
    return found


def every_value(control: Any) -> list[Any]:
    """List the values that a control can be moved to, in their order; none where they cannot be listed."""
    options = getattr(control, "options", None)
    if isinstance(options, Mapping):
        return list(options.values())
    if options is not None:
        return [each[1] if isinstance(each, tuple) else each for each in options]
    if isinstance(control.value, bool):
        return [False, True]
    if not hasattr(control, "step"):
        return []
    steps = round((control.max - control.min) / control.step)
    # Rounded, as the browser writes them.
    return [type(control.value)(round(control.min + number * control.step, 10)) for number in range(steps + 1)]


def _shown(function: Callable[[], tuple[Any, ...]]) -> tuple[str, str]:
    try:
        figure, sentence, *tables = function()
    except CbeError as problem:
        return "", f'<p class="cbe-problem"><strong>Not possible.</strong> {html.escape(str(problem))}</p>'
    picture = svg(figure, f"Chart. {sentence}")
    return picture + "".join(_readable(table) for table in tables), f"<p>{html.escape(sentence)}</p>"


def _readable(table: pd.DataFrame) -> str:
    """Write a table whose first column names its rows; every cell is escaped."""
    heads = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(first))}</th>'
        + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in table.itertuples(index=False)
    )
    return f'<table class="cbe-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
