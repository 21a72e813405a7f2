"""Attacks: votes before the reveal, others' sessions, forged forms, guessed codes, foreign hosts."""

import re
import socket
from urllib.parse import urlencode, urlsplit

import pytest

from cbe_lib import store
from cbe_lib.errors import CbeError
from cbe_lib.rate.guard import Attempts, is_loopback, names_loopback
from cbe_lib.rate.server import PAGES, checked_token, serve
from cbe_lib.store.codes import new_code
from tests.rate.visitor import Visitor, in_thread, open_session

SECRET = "only Ana knows this reason"


@pytest.fixture
def voted(team):
    """Let Ana vote, with words that must not leak."""
    team.ana.post(
        f"{team.here}/rate/D1.1",
        key="k",
        level="Breakthrough",
        reason=SECRET,
        do="save",
        piece_text=SECRET,
        piece_kind="data",
    )
    team.ana.post(f"{team.here}/rate/D1.2/draft", reason=SECRET)
    return team


def every_address(here, token="x" * 43):
    paths = [pattern for pattern, _ in PAGES if pattern.startswith("/s/")]
    filled = [re.sub(r"\(\[\^/\]\{1,200\}\)", "D1.1", path.replace(r"/s/(\d{1,9})", here)) for path in paths]
    filled = [path.replace("([A-Za-z0-9_-]{43})", token).replace("(rate|lead)", "rate") for path in filled]
    return [
        *filled,
        *[path + "/" for path in filled[:3]],
        f"{here}/results?shown=yes",
        f"{here}/votes",
        f"{here}/rate/D1.2",
    ]


def leaks(answer):
    return SECRET in answer.text or "Breakthrough</span>" in answer.text or SECRET.encode() in answer.body


def test_all_addresses_are_attacked(team):
    assert len(every_address(team.here)) >= 15
    assert not any("(" in path for path in every_address(team.here))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_nobody_reads_anothers_vote_before_the_reveal(voted, method):
    stranger, other_lead = Visitor(voted.address), None
    other_lead, _, other_code = open_session(voted.address, district="Birch (made up)")
    other_rater = Visitor(voted.address)
    other_rater.join(other_code, "Ana")
    for visitor in (voted.ben, voted.lead, stranger, other_lead, other_rater):
        for path in every_address(voted.here):
            if path.endswith(("/show", "/hand-in")):
                continue
            answer = visitor.post(path) if method == "POST" else visitor.ask(method, path)
            assert not leaks(answer), (method, path)
    assert "Breakthrough" in voted.ana.get(f"{voted.here}/rate").text  # what is looked for is there


def test_the_lead_learns_who_has_finished_and_not_how_much_is_rated(voted):
    before = voted.lead.get(f"{voted.here}/lead").text
    voted.ana.post(f"{voted.here}/rate/D2.1", key="k2", level="Emerging", reason="", do="save")
    after = voted.lead.get(f"{voted.here}/lead").text
    plain = [re.sub(r'value="[^"]*"', "", page) for page in (before, after)]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("page", ["rate", "rate/D1.1", "results", "lead", "workbook", "session.xlsx"])
def test_cookies_and_links_of_another_session_open_nothing(voted, page):
    _, other, other_code = open_session(voted.address, district="Birch (made up)")
    mallory = Visitor(voted.address)
    mallory.join(other_code, "Mallory")
    own, number = mallory.cookies[f"cbe_rater_{other[3:]}"], voted.here[3:]
    mallory.cookies[f"cbe_rater_{number}"] = mallory.cookies[f"cbe_lead_{number}"] = own
    assert mallory.get(f"{voted.here}/{page}").status == 404


def test_a_rater_is_no_lead(voted):
    voted.ana.cookies[f"cbe_lead_{voted.here[3:]}"] = voted.ana.cookies[f"cbe_rater_{voted.here[3:]}"]
    for path, fields in (("show", {"sure": "yes"}), ("agree", {"criterion_id": "D1.1", "level": "NR", "key": "x"})):
        assert voted.ana.post(f"{voted.here}/{path}", **fields).status == 404
    assert voted.ana.get(f"{voted.here}/results").status == 403


def test_a_form_from_another_site_is_refused(voted):
    form = "key=evil&level=Exploring&do=save"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert voted.ana.ask("POST", f"{voted.here}/rate/D1.1", form, kind).status == 403
    assert voted.ana.ask("POST", f"{voted.here}/rate/D1.1", form + "&_xsrf=guess", kind).status == 403


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(team):
    visitor = Visitor(team.address)
    visitor.get("/")
    answer = visitor.post(f"/join/{team.code}", name="Cleo", role="")
    cookies = answer.headers.get_all("Set-Cookie")
    assert cookies
    assert all("HttpOnly" in each and "SameSite=Strict" in each for each in cookies)


@pytest.mark.parametrize("path", ["/", "/open", "/none", "/s/1/rate"])
def test_every_page_allows_own_content_only_and_is_not_kept(team, path):
    headers = team.ana.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Server"] is None


def test_no_page_holds_script_or_style_of_its_own(team):
    for path in ("/", f"{team.here}/rate", f"{team.here}/rate/D1.1"):
        page = team.ana.get(path).text
        assert not re.search(r"<style|<script(?! src=)|\son\w+=|\sstyle=|javascript:", page)


def test_guessing_codes_is_stopped_and_people_who_have_joined_go_on(team):
    with in_thread(team.db, attempts=Attempts(most=5)) as address:
        guesser = Visitor(address)
        statuses = [guesser.get(f"/join/{new_code()}").status for _ in range(7)]
        assert statuses == [404] * 5 + [429] * 2
        assert guesser.get(f"/join/{team.code}").status == 429
        assert int(guesser.get(f"/join/{team.code}").headers["Retry-After"]) > 500
        seated = Visitor(address)
        seated.cookies = dict(team.ana.cookies)
        assert seated.get(f"{team.here}/rate").status == 200


def test_guessing_personal_links_is_stopped(team):
    with in_thread(team.db, attempts=Attempts(most=3)) as address:
        guesser = Visitor(address)
        tries = [guesser.get(f"{team.here}/me/lead/{'x' * 42}{number}").status for number in range(5)]
    assert tries == [404, 404, 404, 429, 429]


def test_old_tries_are_forgotten(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("cbe_lib.rate.guard.time.monotonic", lambda: now[0])
    attempts = Attempts(most=2, within=60)
    attempts.note("a")
    attempts.note("a")
    assert (attempts.wait("a"), attempts.wait("b")) == (61, 0)
    now[0] += 61
    assert attempts.wait("a") == 0


def test_cookies_with_impossible_numbers_do_no_harm(team):
    visitor = Visitor(team.address)
    visitor.cookies = {"cbe_rater_" + "9" * 40: "x", "cbe_lead_": "x", "cbe_rater_-1": "x"}
    assert visitor.get("/").status == 200


def test_a_site_that_points_its_name_at_this_machine_is_refused(team):
    assert team.ana.get("/", Host="evil.example").status == 404
    assert team.ana.get("/", Host="localhost").status == 200


@pytest.mark.parametrize(
    ("asked", "ours"),
    [
        ("127.0.0.1:80", True),
        ("localhost", True),
        ("[::1]:80", True),
        ("127.0.0.1.evil.example", False),
        ("evil", False),
        ("", False),
    ],
)
def test_names_of_this_machine(asked, ours):
    assert names_loopback(asked) is ours


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("example.org", False)]
)
def test_hosts_of_this_machine(host, here):
    assert is_loopback(host) is here


def test_another_host_needs_a_token(tmp_path):
    with pytest.raises(CbeError, match=r"Other machines could reach the server at 0\.0\.0\.0"):
        serve(tmp_path / "visits.db", host="0.0.0.0")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("token", ["short", "with spaces in it, long", "a/b/c/d/e/f/g/h/i/j"])
def test_a_poor_token_is_refused(token):
    with pytest.raises(CbeError, match="could be guessed"):
        checked_token("0.0.0.0", token)


def test_a_drawn_token_is_long():
    assert len(checked_token("0.0.0.0", "new")) >= 40


def test_with_a_token_nothing_is_served_without_it(team):
    token = "0123456789abcdef"
    with in_thread(team.db, access_token=token) as address:
        stranger, guest = Visitor(address), Visitor(address)
        for path in ("/", "/open", f"/join/{team.code}", "/?access=wrong-wrong-wrong"):
            assert stranger.get(path).status == 404
        assert guest.get(f"/join/{team.code}?access={token}").status == 200
        assert guest.post(f"/join/{team.code}", name="Dan", role="").status == 303
        assert guest.get("/").status == 200


def test_guessing_the_token_by_cookie_is_stopped_like_guessing_it_by_address(team):
    with in_thread(team.db, access_token="0123456789abcdef", attempts=Attempts(most=3)) as address:
        guesser = Visitor(address)
        tries = []
        for number in range(5):
            guesser.cookies["cbe_access"] = f"guess-number-{number}"
            tries.append(guesser.get("/").status)
    assert tries == [404, 404, 404, 429, 429]


@pytest.mark.parametrize(
    "begun", ["GET / HTTP/1.1\r\nX: ", "POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\na"]
)
def test_who_begins_a_request_and_never_ends_it_is_cut_off(team, begun):
    with in_thread(team.db, patience=0.2) as address, socket.create_connection(_place(address), timeout=10) as link:
        link.sendall(begun.encode())
        assert link.recv(10) == b""


def _place(address):
    return urlsplit(address).hostname, urlsplit(address).port


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static//etc/passwd"])
def test_only_the_static_folder_is_served(team, path):
    answer = team.ana.get(path)
    assert answer.status in (403, 404)
    assert "import" not in answer.text
    assert "root:" not in answer.text


def test_a_code_that_is_typed_leads_to_this_server_only(team):
    for code in ("//evil.example", "http://evil.example", "\\\\evil.example", "x\r\nSet-Cookie: a=b"):
        answer = team.ana.get(f"/?{urlencode({'code': code})}")
        assert re.fullmatch(r"/join/[\w-]*", answer.place)
        assert "a=b" not in str(answer.headers)


def test_a_body_that_is_too_large_is_refused(team):
    try:
        status = team.ana.post(f"{team.here}/rate/D1.1", key="k", level="NR", reason="x" * 3 * 2**20).status
    except OSError:
        status = "cut off"
    assert status in (400, 413, "cut off")


def test_a_broken_store_is_said_in_plain_words_without_what_the_database_says(team, monkeypatch, caplog):
    def broken(*_, **__):
        raise store.database.StoreError("disk I/O error in table vote with level Breakthrough")

    monkeypatch.setattr("cbe_lib.rate.rating.record", broken)
    answer = team.ana.post(f"{team.here}/rate/D1.1", key="k", level="NR", do="save")
    assert answer.status == 503
    assert "nothing of this step was saved" in answer.text
    assert "disk I/O" in caplog.text
    assert "disk I/O" not in answer.text
