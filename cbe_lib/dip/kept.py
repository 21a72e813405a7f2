"""Arrays that take long to simulate, kept on disk from one run to the next."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
import platformdirs


def folder() -> Path:
    """Folder of the arrays; the environment variable CBE_CACHE_DIR moves it."""
    chosen = os.environ.get("CBE_CACHE_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("cbe_lib")) / "existence"


def place(*settings: object) -> Path:
    """Name the file for whatever these settings determine."""
    return folder() / f"{hashlib.sha256(repr(settings).encode()).hexdigest()[:24]}.npz"


def read(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray] | None:
    """Read the arrays of these names and shapes; None where there is no file, or it cannot be theirs."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in shapes}
    except Exception:  # a damaged zip can raise nearly anything; the arrays are then made anew
        return None
    sound = all(arrays[name].shape == shape and np.isfinite(arrays[name]).all() for name, shape in shapes.items())
    return arrays if sound else None


def write(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays so that no reader ever sees half of them; a folder that cannot be written to is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        os.replace(temporary, path)
    except OSError:
        return
