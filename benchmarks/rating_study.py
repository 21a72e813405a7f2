"""Does the rating server keep every vote of a whole team, quickly, when it is killed, and in secret?

Writes results/rating_saves.csv, rating_kills.csv, rating_attacks.csv and rating_study.md; name parts (saves, kills,
attacks) to run those only. Needs Chromium and the programs of PostgreSQL. Visitors, server and database share the
machine: its load average is written beside.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import psutil
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))

RESULTS = Path(__file__).parent / "results"
RATERS, BROWSERS, KILLS = 30, 3, 20
CRITERIA = [f"D{dimension}.{number}" for dimension in range(1, 9) for number in range(1, 5)]
SECRET = "words that only one rater knows"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def main() -> None:
    from tests.postgres import new_place, running

    asked = sys.argv[1:] or list(PARTS)
    RESULTS.mkdir(exist_ok=True)
    with running(fsync="on") as server, tempfile.TemporaryDirectory() as folder:
        for part in asked:
            rows = []
            for name in ("SQLite", "PostgreSQL"):
                for measure in PARTS[part]:
                    place = f"{folder}/{part}{len(rows)}.db" if name == "SQLite" else new_place(server)
                    rows.append({"database": name, **measure(place)})
                    print(rows[-1], flush=True)
            pd.DataFrame(rows).to_csv(RESULTS / f"rating_{part}.csv", index=False)
    write()


def write() -> None:
    """Lay out the tables, those of an earlier run included."""
    lines = ["# Rating together: figures of benchmarks/rating_study.py", ""]
    for name in PARTS:
        table = pd.read_csv(RESULTS / f"rating_{name}.csv")
        rows = [list(table.columns), ["---"] * len(table.columns), *table.astype(str).to_numpy().tolist()]
        lines += [f"## {name.capitalize()}", "", *["| " + " | ".join(map(str, row)) + " |" for row in rows], ""]
    lines += [
        "A save is the time from sending the form to its acknowledgment, measured by 27 visitors who speak plain HTTP;",
        "three more vote in real browsers meanwhile. Vote and evidence are then synced to the disk. Server, visitors,",
        "browsers and database share two cores with whatever else runs: see load_average; server_cpu_ms, the server's",
        "own work for a save and the page after it, depends less on that. Lost: acknowledged and not in the database.",
        "Twice: more rows than votes. Leaked: answers that held the secret words or level of a rater.",
    ]
    (RESULTS / "rating_study.md").write_text("\n".join(lines) + "\n")


def unhurried(place: str) -> dict:
    """Let 30 raters vote as people do."""
    return {"pace": "people: 0 to 2 s between saves", **crowd(place, at_once=False)}


def together(place: str) -> dict:
    """Let 30 raters press the button at the same moment, again and again."""
    return {"pace": "all at the same moment", **crowd(place, at_once=True)}


def crowd(place: str, *, at_once: bool) -> dict:
    """Let 30 raters vote on 32 criteria, three of them in a real browser."""
    from tests.rate.visitor import Process, Voter, open_session

    server = Process(place)
    lead, here, code = open_session(server.address)
    time.sleep(5)  # it loads what the results need
    idle = sum(psutil.Process(server.running.pid).cpu_times()[:2])
    meet = threading.Barrier(RATERS - BROWSERS) if at_once else None
    voters = [Paced(Voter, server.address, code, number, meet) for number in range(RATERS - BROWSERS)]
    with ThreadPoolExecutor(1) as pool:
        browsing = pool.submit(browsers, f"{server.address}/join/{code}")
        for voter in voters:
            voter.start()
        for voter in voters:
            voter.join()
        in_browsers = browsing.result()
    seconds = [each for voter in voters for each in voter.seconds]
    acknowledged = [vote[:3] for voter in voters for vote in voter.acknowledged] + in_browsers
    used = psutil.Process(server.running.pid).cpu_times()
    lead.post(f"{here}/show", sure="yes")
    begun = time.perf_counter()
    shown = lead.get(f"{here}/results").status
    result_page = time.perf_counter() - begun
    server.stop()
    return {
        "saves": len(acknowledged),
        **compared(place, acknowledged),
        "median_ms": round(1000 * statistics.median(seconds)),
        "p95_ms": round(1000 * statistics.quantiles(seconds, n=20, method="inclusive")[-1]),
        "worst_ms": round(1000 * max(seconds)),
        "server_cpu_ms": round(1000 * (used.user + used.system - idle) / len(acknowledged), 1),
        "all_results_s": round(result_page, 1) if shown == 200 else f"status {shown}",
        "load_average": round(os.getloadavg()[0], 1),
    }


class Paced(threading.Thread):
    """A voter with a person's pauses, or who waits for all others before each save."""

    def __init__(self, kind: type, address: str, code: str, number: int, meet: threading.Barrier | None) -> None:
        super().__init__()
        self.voter, self.number, self.meet = kind(address, code, number, CRITERIA), number, meet
        self.acknowledged, self.seconds = self.voter.acknowledged, self.voter.seconds

    def run(self) -> None:
        """Vote on all criteria."""
        from tests.rate.visitor import LEVELS

        for place, criterion in enumerate(CRITERIA):
            if self.meet:
                self.meet.wait()
            else:
                time.sleep(2 * ((self.number * 7919 + place * 104729) % 1000) / 1000)
            level = LEVELS[(self.number + place) % len(LEVELS)]
            answer = self.voter.persist(criterion, level, f"{self.number}-{criterion}")
            if answer.status == 303:
                self.acknowledged.append((self.voter.name_typed, criterion, level))
                self.voter.visitor.get(answer.place)  # as a browser does
        self.voter.visitor.leave()


def browsers(address: str) -> list[tuple[str, str, str]]:
    """Vote in three real browsers, each by its own hands; return what their pages acknowledged."""
    from playwright.sync_api import sync_playwright

    said = []
    chromium = os.environ.get("CBE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        pages = [browser.new_context().new_page() for _ in range(BROWSERS)]
        for number, page in enumerate(pages):
            page.set_default_timeout(60_000)
            page.goto(address)
            page.get_by_label("Your name").fill(f"Browser {number}")
            page.get_by_role("button", name="Join and start rating").click()
            page.get_by_role("link", name="Start with D1.1").click()
        for criterion in CRITERIA:
            for number, page in enumerate(pages):
                page.get_by_role("radio", name="Emerging").check()
                page.locator("button[value=next]").click()
                page.get_by_text(f"{criterion} saved at").wait_for()
                said.append((f"Browser {number}", criterion, "Emerging"))
        browser.close()
    return said


def killed(place: str) -> dict:
    """Kill the server 20 times while ten raters save as fast as they can."""
    from tests.rate.visitor import Process, Voter, open_session

    server = Process(place)
    _, _, code = open_session(server.address)
    voters = [Voter(server.address, code, number, CRITERIA[:8], rounds=10**6, pause=0.02) for number in range(10)]
    for voter in voters:
        voter.start()
    for _ in range(KILLS):
        time.sleep(1.5)
        server.kill()
        server.start()
    time.sleep(1)
    for voter in voters:
        voter.ended = True
    for voter in voters:
        voter.join()
    server.stop()
    acknowledged = [vote for voter in voters for vote in voter.acknowledged]
    cut = sum(voter.sent_again for voter in voters)
    return {"kills": KILLS, "acknowledged": len(acknowledged), **compared(place, acknowledged), "sent_again": cut}


def compared(place: str, acknowledged: list) -> dict:
    """Compare what was acknowledged with what is in the database."""
    from cbe_lib import store
    from cbe_lib.store import schema

    db = store.connect(place)
    vote = schema.vote.c
    columns = [schema.rater.c.name, vote.criterion_id, vote.level, vote.key][: len(acknowledged[0])]
    with db.reading() as connection:
        stored = Counter(map(tuple, connection.execute(sa.select(*columns).join_from(schema.vote, schema.rater))))
    sound = db.sound()
    db.close()
    twice = sum(count - 1 for count in stored.values())
    return {"lost": len(set(acknowledged) - set(stored)), "twice": twice, "sound": "yes" if sound else "NO"}


def attacked(place: str) -> dict:
    """Ask every address by every method, as everybody else, before the reveal."""
    from tests.rate.test_safety import every_address
    from tests.rate.visitor import Process, Visitor, open_session

    server = Process(place)
    lead, here, code = open_session(server.address)
    other_lead, other, other_code = open_session(server.address, district="Birch (made up)")
    ana, ben, outsider, forger = (Visitor(server.address) for _ in range(4))
    ana.join(code, "Ana")
    ben.join(code, "Ben")
    outsider.join(other_code, "Ana")
    fields = {"key": "k", "level": "Breakthrough", "reason": SECRET, "piece_text": SECRET, "piece_kind": "data"}
    if ana.post(f"{here}/rate/D1.1", do="save", **fields).status != 303:
        raise RuntimeError("the vote to be attacked was not stored")
    own, number = outsider.cookies[f"cbe_rater_{other[3:]}"], here[3:]
    forger.cookies = {f"cbe_rater_{number}": own, f"cbe_lead_{number}": own}
    requests = leaked = 0
    for visitor in (lead, ben, other_lead, outsider, forger, Visitor(server.address)):
        for path in every_address(here):
            for method in ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
                if path.endswith(("/show", "/hand-in")) and method == "POST" and visitor in (lead, ben):
                    continue  # theirs to do, and it reveals
                answer = visitor.post(path) if method == "POST" else visitor.ask(method, path)
                requests += 1
                leaked += SECRET in answer.text or bool(
                    re.search(r"✓ Breakthrough|saved at .*Breakthrough", answer.text)
                )
    server.stop()
    return {"visitors": 6, "requests": requests, "leaked": leaked}


PARTS = {"saves": (unhurried, together), "kills": (killed,), "attacks": (attacked,)}


if __name__ == "__main__":
    main()
