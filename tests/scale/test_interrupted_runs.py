import contextlib
import functools
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from cbe_lib import scale
from cbe_lib.errors import CbeError
from cbe_lib.scale import places

# A short wait after each part leaves time to stop in between.
COMMAND = """
import sys, time
from cbe_lib import cli
from cbe_lib.scale import parts, run
run._Run.tell = lambda *_: time.sleep(0.2)
if __name__ == "__main__":
    parts.ROWS_PER_PART = 60
    sys.argv = ["cbe", "fit", sys.argv[1], "--out", sys.argv[2], "--workers", sys.argv[3], "--quiet"]
    cli.main()
"""
RUN = """
import sys
from cbe_lib import scale
from cbe_lib.scale import parts
if __name__ == "__main__":
    parts.ROWS_PER_PART = 60
    scale.fit_files(sys.argv[1], sys.argv[2], workers=int(sys.argv[3]), dask=sys.argv[4] or None)
"""


def started(tmp_path, table, folder, workers=1, dask=""):
    script = tmp_path / "run.py"
    script.write_text(RUN)
    return subprocess.Popen([sys.executable, str(script), str(table), str(folder), str(workers), dask])


def finished(folder):
    return len(list((folder / "_work" / "terms").glob("part-*.parquet")))


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def contents(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def table(outcomes, tmp_path_factory):
    """One file for all runs: its name and time stand in the manifest."""
    path = tmp_path_factory.mktemp("table") / "outcomes.parquet"
    outcomes.to_parquet(path)
    return path


@pytest.fixture(scope="module")
def undisturbed(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    assert started(folder, table, folder / "terms").wait(120) == 0
    return contents(folder / "terms")


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path, table, undisturbed):
    folder = tmp_path / "killed"
    for done in (1, 5):
        run = started(tmp_path, table, folder)
        wait_for(lambda done=done: finished(folder) >= done)
        run.kill()
        run.wait(30)
        assert finished(folder) < 15
    assert started(tmp_path, table, folder).wait(120) == 0
    assert contents(folder) == undisturbed


def test_ctrl_c_ends_at_once_in_one_line_and_the_same_command_goes_on(tmp_path, table, undisturbed):
    folder, script = tmp_path / "stopped", tmp_path / "command.py"
    script.write_text(COMMAND)
    words = [sys.executable, str(script), str(table), str(folder), "2"]
    # What a shell starts in the background, tests too, ignores Ctrl+C, and passes that on.
    listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    run = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=listen)
    wait_for(lambda: finished(folder) >= 1)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert (run.returncode, said) == (130, "cbe: stopped. No file was left half written.\n")
    assert list(folder.rglob(".*")) == []
    assert subprocess.run(words, check=False).returncode == 0
    assert contents(folder) == undisturbed


def test_processes_end_with_a_run_that_is_killed(tmp_path, table):
    folder = tmp_path / "orphans"
    run = started(tmp_path, table, folder, workers=2)
    wait_for(lambda: finished(folder) >= 1)
    children = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.wait(30)
    assert psutil.wait_procs(children, timeout=30)[1] == []


def test_parts_of_a_killed_process_are_done_again(tmp_path, table, undisturbed):
    folder = tmp_path / "lost"
    run = started(tmp_path, table, folder, workers=2)
    wait_for(lambda: finished(folder) >= 1)
    workers = [child for child in psutil.Process(run.pid).children() if "spawn_main" in " ".join(child.cmdline())]
    workers[0].kill()
    assert run.wait(120) == 0
    assert contents(folder) == undisturbed


def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(tmp_path, table, undisturbed):
    from dask.distributed import LocalCluster

    folder = tmp_path / "cluster"
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        run = started(tmp_path, table, folder, dask=cluster.scheduler_address)
        wait_for(lambda: finished(folder) >= 1)
        os.kill(next(iter(cluster.workers.values())).process.pid, 9)
        assert run.wait(120) == 0
    assert contents(folder) == undisturbed


def test_a_cluster_is_kept_busy_with_all_its_threads(monkeypatch):
    import dask.distributed

    class Cluster(contextlib.nullcontext):
        def nthreads(self):
            return {"tcp://one": 2, "tcp://other": 3}

    monkeypatch.setattr(dask.distributed, "Client", lambda *_, **__: Cluster())
    with places.workplace(1, "tcp://scheduler") as (_, at_a_time):
        assert at_a_time == 5


def test_without_dask_the_message_says_what_to_install(monkeypatch, tmp_path, table):
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(CbeError, match=r"pip install 'cbe-lib\[scale\]'"):
        scale.fit_files(table, tmp_path / "terms", dask="tcp://127.0.0.1:9")


def test_no_worker_at_all_is_refused():
    with pytest.raises(CbeError, match="`workers` must be 1 or more"), places.workplace(0, None):
        pass
