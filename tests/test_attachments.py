"""What is kept of a file that somebody sent: what it shows, and nothing else."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot import attachments
from bot.cases import CaseError
from bot.pictures import SIDE
from bot.store import Store
from tests import papers


def kept(folder: Path, data: bytes) -> bytes:
    return attachments.path(folder, attachments.keep(folder, data).file).read_bytes()


@pytest.mark.parametrize(
    ("data", "code"), papers.UNUSABLE.values(), ids=[n.replace(" ", "-") for n in papers.UNUSABLE]
)
def test_what_cannot_be_used_is_refused_and_leaves_nothing(
    tmp_path: Path, data: bytes, code: str
) -> None:
    with pytest.raises(CaseError) as refused:
        attachments.keep(tmp_path, data)
    assert refused.value.code == code
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("data", [papers.PNG, papers.JPEG, papers.WEBP])
def test_a_picture_stays_a_picture(tmp_path: Path, data: bytes) -> None:
    with Image.open(BytesIO(kept(tmp_path, data))) as image:
        assert (image.format, image.size) == ("JPEG", (60, 40))
        red, blue = image.getpixel((5, 20)), image.getpixel((55, 20))
    assert (red[0] > 200, blue[2] > 200) == (True, True)


def test_a_photo_tells_neither_place_nor_camera_and_stands_upright(tmp_path: Path) -> None:
    data = papers.located()
    assert Image.open(BytesIO(data)).getexif().get_ifd(0x8825)
    found = kept(tmp_path, data)
    with Image.open(BytesIO(found)) as image:
        assert not image.getexif()
        assert image.size == (40, 60)
        assert image.getpixel((20, 5))[0] > 200
    assert papers.MARK not in found


@pytest.mark.parametrize("data", papers.POLYGLOT.values(), ids=[*map(str, range(3))])
def test_nothing_hides_behind_a_picture(tmp_path: Path, data: bytes) -> None:
    assert papers.MARK in data
    assert papers.MARK not in kept(tmp_path, data)


def test_a_transparent_picture_lies_on_white_paper(tmp_path: Path) -> None:
    drawn = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(drawn, "PNG")
    with Image.open(BytesIO(kept(tmp_path, drawn.getvalue()))) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_a_large_picture_is_kept_smaller(tmp_path: Path) -> None:
    data = papers.picture("JPEG", (SIDE + 500, 100))
    with Image.open(BytesIO(kept(tmp_path, data))) as image:
        assert max(image.size) <= SIDE


def test_a_pdf_stays_as_it_is(tmp_path: Path) -> None:
    assert kept(tmp_path, papers.PDF) == papers.PDF


def test_kept_files_are_their_owners_alone_and_cannot_be_guessed(tmp_path: Path) -> None:
    first, second = (attachments.keep(tmp_path, papers.PNG) for _ in range(2))
    assert (first.media_type, first.file == second.file) == ("image/jpeg", False)
    path = attachments.path(tmp_path, first.file)
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o600, first.size)
    for wrong in ("../doorstep.db", "x", first.file + "/..", first.file.upper()):
        with pytest.raises(ValueError, match="no kept file"):
            attachments.path(tmp_path, wrong)


def test_what_a_dead_process_left_is_swept_once_it_is_old(tmp_path: Path) -> None:
    store = Store()
    old, new = (attachments.keep(tmp_path, papers.PNG) for _ in range(2))
    os.utime(attachments.path(tmp_path, old.file), (0, 0))
    assert attachments.sweep(tmp_path, store) == 1
    assert [p.name for p in (tmp_path / attachments.FOLDER).iterdir()] == [new.file]
