"""Keys: contacts unreadable at rest, a lost or wrong key said at start, rotation under way."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

import pytest

from bot import vault
from bot.store import Store
from bot.vault import VaultError
from tests.townsfolk import Town, opened


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "doorstep.db")


def test_what_is_hidden_is_shown_and_unreadable_between(store: Store) -> None:
    one = vault.of(store)
    token = one.hide("13912345678")
    assert "139" not in token
    assert one.show(token) == "13912345678"
    assert vault.of(store).show(token) == "13912345678"


def test_the_key_is_its_owners_alone(store: Store) -> None:
    file = vault.of(store).file
    assert file is not None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.parent == (store.path or Path()).parent


def test_a_lost_key_is_said_at_start_and_none_is_made_in_its_place(store: Store) -> None:
    file = vault.of(store).file
    assert file is not None
    file.unlink()
    with pytest.raises(VaultError, match=r"doorstep\.keys: the key file is missing.*DOORSTEP_KEYS"):
        vault.of(store)
    assert not file.exists()


def test_a_wrong_key_is_said_at_start(store: Store, tmp_path: Path) -> None:
    file = vault.of(store).file
    other = vault.of(Store(tmp_path / "other" / "doorstep.db")).file
    assert file is not None
    assert other is not None
    other.replace(file)
    with pytest.raises(VaultError, match=r"not the keys that .* was written with"):
        vault.of(store)


@pytest.mark.parametrize("content", ["", "nonsense\n", "x" * 44, "\x00\xff"])
def test_a_broken_key_file_is_said_at_start(store: Store, content: str) -> None:
    file = vault.of(store).file
    assert file is not None
    file.write_text(content, "utf-8")
    with pytest.raises(VaultError, match="put the right"):
        vault.of(store)


def test_another_place_for_the_key(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.keys"
    token = vault.of(store, file).hide("x")
    assert vault.of(store, file).show(token) == "x"


def test_rotation_reaches_every_contact_and_a_process_that_runs(
    words_app: object, tmp_path: Path
) -> None:
    with opened(words_app, tmp_path) as town:  # type: ignore[arg-type]
        number = file_with_contact(town)
        running = town.app.intake.desk.vault
        before = town.case(number)
        first = running.keys
        vault.rotate(town.store, vault.of(town.store))
        after = town.case(number)
        assert after.contact != before.contact
        assert running.show(str(after.contact)) == "13912345678"
        assert running.keys[0] not in first
        late = running.hide("late")
        vault.rotate(town.store, vault.of(town.store))
        assert len(vault.of(town.store).keys) == 2
        assert set(first).isdisjoint(vault.of(town.store).keys)
        assert vault.of(town.store).show(late) == "late"
        assert vault.of(town.store).show(str(town.case(number).contact)) == "13912345678"


def test_a_rotation_that_is_killed_half_way_loses_nothing(
    words_app: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(words_app, tmp_path) as town:  # type: ignore[arg-type]
        number = file_with_contact(town)
        original = Store.write
        for killed_at in range(1, 5):
            count = 0

            def write(self: Store, sql: str, *values: object, at: int = killed_at) -> object:
                nonlocal count
                count += 1
                if count == at:
                    raise KeyboardInterrupt
                return original(self, sql, *values)

            monkeypatch.setattr(Store, "write", write)
            with contextlib.suppress(KeyboardInterrupt):
                vault.rotate(town.store, vault.of(town.store))
            monkeypatch.undo()
            assert vault.of(town.store).show(str(town.case(number).contact)) == "13912345678"


def file_with_contact(town: Town) -> str:
    number = town.file(text="我要投诉，3号窗口的人骂我，我电话13912345678，身份证拖了一个月没办好")
    assert town.case(number).contact
    assert "13912345678" not in "".join(town.store.db.conn.iterdump())
    return number
