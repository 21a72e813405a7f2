import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_script_that_binder_would_run_succeeds_here():
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        [ROOT / "postBuild"], cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, b"")


def test_no_folder_hides_the_environment_from_binder():
    assert [name for name in ("binder", ".binder") if (ROOT / name).exists()] == []
    assert (ROOT / "environment.yml").is_file()
