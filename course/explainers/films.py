"""The films: their words, their captions, and the files that hold them. `python -m course.explainers.films OUT`."""

from __future__ import annotations

import argparse
import hashlib
import tomllib
from itertools import accumulate
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FPS = 8


def words() -> list[dict[str, Any]]:
    """Give what is said and seen in each film, its question and its talk."""
    return tomllib.loads((HERE / "films.toml").read_text(encoding="utf8"))["film"]


def seconds(film: dict[str, Any]) -> int:
    """Tell how long a film is."""
    return sum(line["seconds"] for line in film["line"])


def captions(film: dict[str, Any]) -> str:
    """Write the captions as WebVTT."""
    ends = list(accumulate(line["seconds"] for line in film["line"]))
    cues = [
        f"{_clock(start)} --> {_clock(end)}\n{line['said']}"
        for start, end, line in zip([0, *ends], ends, film["line"], strict=False)
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def transcript(film: dict[str, Any]) -> str:
    """Write what is said and seen, to be read instead of the film."""
    lines = [f"{line['said']}\n\n(On screen: {line['seen']})" for line in film["line"]]
    return "\n\n".join([f"# {film['title']}", f"Before: {film['question']}", *lines, f"After: {film['answer']}"]) + "\n"


def films(folder: Path) -> list[dict[str, Any]]:
    """Make the films that are missing or out of date, and describe them all for the page that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    return [{**film, "lines": film["line"], "file": _made(film, folder)} for film in words()]


def _made(film: dict[str, Any], folder: Path) -> Path:
    """Draw one film unless its file comes from this very state of words and drawings."""
    from course.explainers import shoot

    target, stamp = folder / f"{film['name']}.mp4", folder / f".{film['name']}.digest"
    digest = _digest(film)
    if not (target.exists() and stamp.exists() and stamp.read_text() == digest):
        part = target.with_stem(f"{target.stem}-part")
        shoot.film(film["name"], [line["seconds"] for line in film["line"]], FPS, part)
        part.replace(target)
        (folder / f"{film['name']}.vtt").write_text(captions(film), encoding="utf8")
        (folder / f"{film['name']}.md").write_text(transcript(film), encoding="utf8")
        shoot.still(film["name"], 0, 1.0, folder / f"{film['name']}.png")
        stamp.write_text(digest)
    return target


def _digest(film: dict[str, Any]) -> str:
    drawn = "".join(path.read_text(encoding="utf8") for path in sorted(HERE.glob("*.py")))
    return hashlib.sha256((repr(film) + drawn).encode()).hexdigest()


def _clock(second: int) -> str:
    return f"00:{second // 60:02d}:{second % 60:02d}.000"


def main() -> None:
    """Read the command line."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("out", type=Path)
    for film in films(reader.parse_args().out):
        print(f"{film['file'].name}: {seconds(film)} s, {film['file'].stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
