"""The pages by plain HTTP: join, rate, hand in, see, agree; mistakes in plain words."""

import html
import io

import openpyxl
import pytest

from cbe_lib import store
from cbe_lib.store.votes import own_evidence, own_votes, votes
from tests.rate.visitor import Visitor, kept, open_session

NASTY = ["<script>alert(1)</script>", '"; DROP TABLE vote; --', "#set page {{ 7*7 }}", "x" * 200]


def save(visitor, here, criterion="D1.1", level="Emerging", key="k1", **fields):
    return visitor.post(f"{here}/rate/{criterion}", key=key, level=level, **{"do": "save", "reason": "seen", **fields})


def rater(team, name):
    from cbe_lib.store.people import rater_named

    return rater_named(team.db, store.find_session(team.db, team.code), name)


def test_a_saved_vote_is_acknowledged_with_level_and_time(team):
    answer = save(team.ana, team.here)
    assert (answer.status, answer.place) == (303, f"{team.here}/rate/D1.1?after=D1.1")
    assert "D1.1 saved at" in team.ana.get(answer.place).text


def test_save_and_go_on_leads_to_the_next_criterion(team):
    assert save(team.ana, team.here, do="next").place == f"{team.here}/rate/D1.2?after=D1.1"
    assert save(team.ana, team.here, "D8.4", key="k2", do="next").place == f"{team.here}/rate?after=D8.4"


def test_a_form_that_is_sent_twice_is_stored_once(team):
    for _ in range(2):
        assert save(team.ana, team.here, piece_text="minutes", piece_kind="document").status == 303
    assert len(own_evidence(team.db, rater(team, "Ana"))) == 1


def test_an_old_form_with_another_answer_is_shown_again_and_can_then_be_saved(team):
    save(team.ana, team.here)
    again = save(team.ana, team.here, level="Proficient")
    assert "saved before with another answer" in again.text
    assert 'value="Proficient" checked' in again.text
    assert save(team.ana, team.here, level="Proficient", key=again.field("key")).status == 303
    assert own_votes(team.db, rater(team, "Ana"))["D1.1"].level == "Proficient"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"level": ""}, "Choose a level, or “Not seen”"),
        ({"level": "Best"}, "There is no level named"),
        ({"piece_text": "minutes"}, "Say what kind of evidence this is"),
        ({"piece_text": "m", "piece_kind": "data", "piece_date": "04/05/24"}, "A day must be written as"),
        ({"reason": "x" * 4001}, "The reason is too long"),
        ({"do": "piece", "level": ""}, "There is no evidence to add yet"),
    ],
)
def test_mistakes_are_said_and_what_was_typed_is_kept(team, fields, words):
    answer = save(team.ana, team.here, **{"piece_role_group": "board", **fields})
    assert answer.status == 400
    assert words in html.unescape(answer.text)
    assert 'value="board"' in answer.text
    assert 'value="board"' in team.ana.get(f"{team.here}/rate/D1.1").text  # as a draft
    assert own_votes(team.db, rater(team, "Ana")) == {}


def test_a_draft_survives_a_closed_tab(team):
    sent = team.ana.post(f"{team.here}/rate/D1.1/draft", reason="half typed", level="Emerging")
    assert kept(sent)
    again = Visitor(team.address)
    again.cookies = dict(team.ana.cookies)
    page = again.get(f"{team.here}/rate/D1.1").text
    assert "half typed</textarea>" in page
    assert "not saved as a vote yet" in page
    assert own_votes(team.db, rater(team, "Ana")) == {}


def test_a_saved_vote_takes_the_place_of_the_draft(team):
    team.ana.post(f"{team.here}/rate/D1.1/draft", reason="half typed")
    save(team.ana, team.here, reason="whole")
    page = team.ana.get(f"{team.here}/rate/D1.1").text
    assert "whole</textarea>" in page
    assert "not saved as a vote yet" not in page


def test_evidence_is_added_alone_and_can_be_taken_back(team):
    save(team.ana, team.here, level="", do="piece", piece_text="minutes of March", piece_kind="document")
    page = team.ana.get(f"{team.here}/rate/D1.1")
    assert "minutes of March" in page.text
    team.ana.post(f"{team.here}/rate/D1.1/withdraw", evidence_id=page.field("evidence_id"))
    assert "minutes of March" not in team.ana.get(f"{team.here}/rate/D1.1").text


@pytest.mark.parametrize("name", NASTY)
def test_any_text_is_shown_letter_by_letter(served, name):
    lead, here, code = open_session(served.address, district=name, wave=name, lead=name)
    ana = Visitor(served.address)
    ana.join(code, name)
    save(ana, here, reason=name, piece_text=name, piece_kind="data", piece_role_group=name, piece_link=name)
    lead.post(f"{here}/show", sure="yes")
    lead.post(f"{here}/agree", criterion_id="D1.1", level="NR", reason=name, key="a")
    pages = [ana.get(f"{here}/rate"), ana.get(f"{here}/rate/D1.1"), ana.get(f"/join/{code}")]
    pages += [lead.get(f"{here}/lead"), lead.get(f"{here}/results"), lead.get("/")]
    for page in pages:
        assert page.status == 200
        assert name in html.unescape(page.text)
        assert "<script>alert" not in page.text


def test_the_last_of_a_team_of_known_size_shows_the_votes(served):
    _, here, code = open_session(served.address, team_size="2")
    ana, ben = Visitor(served.address), Visitor(served.address)
    for each, name in ((ana, "Ana"), (ben, "Ben")):
        each.join(code, name)
        save(each, here)
    ana.post(f"{here}/hand-in")
    assert ana.get(f"{here}/results").status == 403
    ben.post(f"{here}/hand-in")
    assert ana.get(f"{here}/results").status == 200


def test_after_the_reveal_the_largest_difference_comes_first(team):
    for criterion, levels in (("D1.1", ("Emerging", "Proficient")), ("D1.2", ("Exploring", "Breakthrough"))):
        for visitor, level in zip((team.ana, team.ben), levels, strict=True):
            save(visitor, team.here, criterion, level, key=criterion)
    team.lead.post(f"{team.here}/show", sure="yes")
    page = team.ana.get(f"{team.here}/results").text
    assert page.index("3 levels apart: from Exploring to Breakthrough") < page.index("1 level apart: from Emerging")
    assert "Record what the team agrees on" not in page
    assert "Record what the team agrees on" in team.lead.get(f"{team.here}/results").text


def test_consensus_is_recorded_beside_the_votes(team):
    save(team.ana, team.here)
    team.lead.post(f"{team.here}/show", sure="yes")
    team.lead.post(f"{team.here}/agree", criterion_id="D1.1", level="Proficient", reason="talked", key="c1")
    assert "The team agreed on <strong>Proficient</strong>: talked" in team.ana.get(f"{team.here}/results").text
    assert votes(team.db, store.find_session(team.db, team.code))[0].level == "Emerging"


def test_showing_the_votes_early_needs_a_tick(team):
    answer = team.lead.post(f"{team.here}/show")
    assert answer.status == 400
    assert "Some raters have not handed in" in answer.text


def test_a_vote_that_was_shown_cannot_be_changed(team):
    save(team.ana, team.here)
    team.lead.post(f"{team.here}/show", sure="yes")
    assert "stays as it is" in save(team.ana, team.here, level="Proficient", key="k2").text
    assert 'value="save"' not in team.ana.get(f"{team.here}/rate/D1.1").text


def test_who_comes_after_the_reveal_is_marked(team):
    team.lead.post(f"{team.here}/show", sure="yes")
    save(team.ben, team.here)
    page = team.lead.get(f"{team.here}/results").text
    assert "1 rating was given after the others" in html.unescape(page)
    assert "Ben*" in page


def test_a_personal_link_goes_on_from_another_device(team):
    page = team.ana.get(f"{team.here}/rate").text
    link = page.split('class="copy">')[1].split("<")[0].split(team.address)[1]
    phone = Visitor(team.address)
    assert "Go on rating on this device" in phone.get(link).text
    phone.post(link)
    assert "rated by Ana" in phone.get(f"{team.here}/rate").text


def test_a_workbook_goes_out_and_comes_back(team):
    book = openpyxl.load_workbook(io.BytesIO(team.ana.get(f"{team.here}/workbook").body))
    book["ratings"]["H2"] = "Emerging"
    answer = upload(team.ana, f"{team.here}/workbook", book)
    assert "1 ratings and 0 pieces of evidence added" in answer.text
    assert own_votes(team.db, rater(team, "Ana"))["D1.1"].level == "Emerging"


def upload(visitor, path, book):
    stream = io.BytesIO()
    book.save(stream)
    parts = [b'--x\r\nContent-Disposition: form-data; name="_xsrf"\r\n\r\n' + visitor.cookies["cbe_xsrf"].encode()]
    start = b'--x\r\nContent-Disposition: form-data; name="workbook"; filename="a.xlsx"\r\n\r\n'
    parts += [start + stream.getvalue(), b"--x--\r\n"]
    return visitor.ask("POST", path, b"\r\n".join(parts), {"Content-Type": "multipart/form-data; boundary=x"})


def test_the_lead_downloads_the_tables_after_the_reveal(team):
    save(team.ana, team.here)
    assert team.lead.get(f"{team.here}/session.xlsx").status == 403
    team.lead.post(f"{team.here}/show", sure="yes")
    book = openpyxl.load_workbook(io.BytesIO(team.lead.get(f"{team.here}/session.xlsx").body))
    assert book.sheetnames == ["ratings", "evidence"]
    assert book["ratings"]["C2"].value == "Ana"


def test_the_first_page_leads_back_to_ones_seat(team):
    assert f'href="{team.here}/rate"' in team.ana.get("/").text
    assert f'href="{team.here}/lead"' in team.lead.get("/").text


@pytest.mark.parametrize("size", ["0", "many", "1e3", "501"])
def test_a_team_size_that_cannot_be_is_said(served, size):
    answer = Visitor(served.address).post("/open", district="Alder", lead="Lee", wave="", team_size=size)
    assert answer.status == 400
    assert "Not saved." in answer.text
    assert 'value="Alder"' in answer.text


def test_a_taken_name_is_said(team):
    answer = Visitor(team.address).post(f"/join/{team.code}", name="ANA", role="")
    assert "has joined this session already" in answer.text
