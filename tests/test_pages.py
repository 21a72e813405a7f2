import re

import pytest

from cbe_lib import pages
from cbe_lib.errors import CbeError
from cbe_lib.pages import server


def test_pages_answer_this_machine_only():
    assert "--Voila.ip=127.0.0.1" in pages.arguments()


def test_pages_answer_to_names_of_this_machine_only():
    assert "--Voila.tornado_settings={'allow_remote_access': False}" in pages.arguments()


def test_pages_keep_warm_kernels_and_end_idle_ones():
    given = pages.arguments(warm=2, idle=30)
    assert {"--pool_size=2", "--MappingKernelManager.cull_idle_timeout=30"} <= set(given)


def test_missing_template_is_an_error_and_not_a_hanging_page(monkeypatch, tmp_path):
    monkeypatch.setattr(server, "TEMPLATES", tmp_path)
    with pytest.raises(CbeError, match="template of the pages is missing"):
        pages.arguments()


def test_folder_without_notebooks_is_an_error_with_advice(tmp_path):
    with pytest.raises(CbeError, match=r"no pages to show.*make pages"):
        pages.arguments(tmp_path)


def test_template_names_no_other_machine():
    files = [path for path in server.TEMPLATES.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if re.search(r"(https?:)?//[\w-]+\.\w", path.read_text())] == []


def test_every_page_states_its_language():
    template = server.TEMPLATES / "voila" / "templates" / "cbe"
    assert all('<html lang="en">' in (template / name).read_text() for name in ("index.html.j2", "page.html"))
