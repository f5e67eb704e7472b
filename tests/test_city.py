"""bot/city.py and bot/place.py: the sample city, one planted fault each, and opening hours."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot import city as cities
from bot.book import Book
from bot.city import City
from bot.place import Hours
from bot.source import Problem, SourceError

LINSHAN = Path(__file__).parent.parent / "guides" / "linshan"
CARD = "services/elder-card.yaml"


class Copy:
    """A city folder to plant faults in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def plant(self, file: str, old: str, new: str) -> int:
        """Writes `new` for the first `old`; returns the line where it now stands."""
        path = self.folder / file
        before, found, after = path.read_text("utf-8").partition(old)
        assert found, f"{old!r} is not in {file}"
        path.write_text(before + new + after, "utf-8")
        return (before + new[: len(new) - len(new.lstrip("\n"))]).count("\n") + 1

    def problems(self) -> list[Problem]:
        with pytest.raises(SourceError) as caught:
            cities.load(self.folder)
        return caught.value.problems

    def problem(self) -> Problem:
        problems = self.problems()
        assert len(problems) == 1, list(map(str, problems))
        return problems[0]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shutil.copytree(LINSHAN, tmp_path / "linshan")
    return Copy(tmp_path / "linshan")


def test_the_sample_city_loads(city: City) -> None:
    assert city.about.name == "临山市"
    assert {p.stem for p in (LINSHAN / "services").glob("*.yaml")} == set(city.guides)
    assert all((city.windows, city.offices, city.halls, city.areas, city.words, city.notices))


def test_a_basis_is_a_law_with_its_article_or_a_document_of_the_city(city: City) -> None:
    guide = city.guides["property-transfer"]
    assert city.basis(guide, "deed-tax-law").startswith("契税法第三条")
    assert city.basis(guide, "catalogue") == city.about.documents["catalogue"]


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "says"),
    [
        (CARD, "\nwho:", "\nwhom: 老人\nwho:", "whom", "is not a field here; check the spelling"),
        (CARD, "level: district", "level: county", "authority.level", "must be 'province', 'city'"),
        (CARD, "{required: false", "{required: perhaps", "in_person.required", "must be true or false"),
        (CARD, "topic: elders", "topic: elder", "topic", "'elder', which does not exist; did you mean 'elders'?"),
        (CARD, "organisation: civil-affairs", "organisation: civil-affair", "authority.organisation", "did you mean 'civil-affairs'?"),
        (CARD, "{window: elders}", "{window: elder}", "places.2.window", "did you mean 'elders'?"),
        (CARD, "office: township", "office: townships", "places.1.office", "did you mean 'township'?"),
        (CARD, "    basis: [catalogue]", "    basis: [catalog]", "materials.0.basis.0", "did you mean 'catalogue'?"),
        (CARD, "guide: id-card", "guide: id-cards", "materials.0.guide", "did you mean 'id-card'?"),
        (CARD, "guide: id-card", "guide: xyzzy", "materials.0.guide", "define it or name another."),
        (CARD, "free_basis: fee-list", "free_basis: fees-list", "free_basis", "did you mean 'fee-list'?"),
        (CARD, "id: elder-card", "id: old-card", "id", "'old-card' in a file named elder-card.yaml"),
        (CARD, "unit: working_days", "unit: workdays", "promised_time.unit", "must be 'working_days'"),
        (CARD, '"0999-5100201"', "问窗口", "enquiry_phone", "does not look right"),
        ("city.yaml", "days: mon-fri", "days: fri-mon", "hours.office.openings.0.days", "write the earlier day first"),
        ("city.yaml", "days: mon-fri", "days: 周一", "hours.office.openings.0.days", "write days as mon-fri or sat"),
        ("city.yaml", '"08:30-11:30"', '"11:30-08:30"', "hours.office.openings.0.times.0", "closing must come after opening"),
        ("city.yaml", '"08:30-11:30"', '"8:30-11:30"', "hours.office.openings.0.times.0", "write times as 09:00-12:00"),
        ("city.yaml", '"08:30-11:30"', '"08:30-24:30"', "hours.office.openings.0.times.0", "hour must be in 0..23"),
        ("city.yaml", "Asia/Shanghai", "Asia/Linshan", "time_zone", "is not a time zone"),
        ("city.yaml", "hours: centre", "hours: center", "centre.hours", "did you mean 'centre'?"),
        ("city.yaml", "lat: 43.8730", "lat: 143.8730", "centre.at.lat", "less than or equal to 90"),
        ("places.yaml", "organisation: exit-entry", "organisation: exit-entri", "windows.4.organisation", "did you mean 'exit-entry'?"),
        ("places.yaml", "hours: six-days", "hours: six-day", "offices.1.hours", "did you mean 'six-days'?"),
        ("places.yaml", "{id: hukou-2", "{id: hukou-1", "windows.1.id", "id 'hukou-1' is used twice; rename one."),
        ("halls.yaml", "area: wenhua", "area: wenhuu", "halls.1.area", "did you mean 'wenhua'?"),
        ("halls.yaml", "parent: east", "parent: eastt", "areas.2.parent", "did you mean 'east'?"),
        ("organisations.yaml", "kind: mass", "kind: masses", "organisations.8.kind", "does not look right"),
        ("words.yaml", "guides: [birth-registration-hukou]", "guides: [birth-registration]", "words.0.guides.0", "did you mean"),
        ("notices.yaml", "instead: passport", "instead: pasport", "notices.4.instead", "did you mean 'passport'?"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_named_at_its_line(copy, file, old, new, field, says) -> None:
    line = copy.plant(file, old, new)
    found = copy.problem()
    assert (found.file, found.line, found.field) == (f"linshan/{file}", line, field)
    assert says in found.message
    assert str(found) == f"linshan/{file}:{line}: {field}: {found.message}"


@pytest.mark.parametrize(
    ("file", "old", "field", "line_of"),
    [
        (CARD, "official_name: 老年人优待证办理\n", "official_name", "id:"),
        (CARD, ", level: district", "authority.level", "authority:"),
        ("city.yaml", 'hotline: "12345"\n', "hotline", "id: linshan"),
    ],
)
def test_a_missing_field_is_named_where_it_belongs(copy, file, old, field, line_of) -> None:
    copy.plant(file, old, "")
    lines = (copy.folder / file).read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.startswith(line_of))
    assert str(copy.problem()) == f"linshan/{file}:{line}: {field}: is missing; write it."


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("needs: [residence-permit]", "needs: [permit]", "materials that do not exist: ['permit']"),
        ("  - id: photo\n", "  - id: id-card\n", "materials uses an id twice: ['id-card']"),
        ("{id: permit, label", "{id: local, label", "situations.hukou uses an id twice: ['local']"),
    ],
)
def test_a_reference_inside_a_guide_is_checked_in_its_file(copy, old, new, says) -> None:
    copy.plant(CARD, old, new)
    found = copy.problem()
    assert found.file == f"linshan/{CARD}"
    assert says in found.message


def test_the_same_guide_in_two_files_is_named(copy: Copy) -> None:
    shutil.copy(copy.folder / CARD, copy.folder / "services" / "twin.yaml")
    line = copy.plant("services/twin.yaml", "id: elder-card", "id: elder-card")
    assert str(copy.problem()).startswith(f"linshan/services/twin.yaml:{line}: id: is 'elder-card'")


def test_a_guide_named_yml_is_read_or_refused_by_its_name(copy: Copy) -> None:
    (copy.folder / CARD).rename(copy.folder / "services" / "elder-card.yml")
    try:
        assert "elder-card" in cities.load(copy.folder).guides
    except SourceError as error:
        assert "elder-card.yml" in str(error)


def test_faults_of_several_files_are_reported_all_at_once(copy: Copy) -> None:
    planted = {
        (f"linshan/{CARD}", copy.plant(CARD, "\nwho:", "\nwhom: 老人\nwho:")),
        (f"linshan/{CARD}", copy.plant(CARD, "level: district", "level: county")),
        ("linshan/city.yaml", copy.plant("city.yaml", "days: mon-fri", "days: fri-mon")),
        ("linshan/words.yaml", copy.plant("words.yaml", "everyday: 上户口, ", "")),
    }
    (copy.folder / "notices.yaml").write_text("", "utf-8")
    found = {(p.file, p.line) for p in copy.problems()}
    assert found == planted | {("linshan/notices.yaml", 1)}


def test_wrong_references_of_several_files_are_reported_all_at_once(copy: Copy) -> None:
    planted = {
        (f"linshan/{CARD}", copy.plant(CARD, "topic: elders", "topic: elder")),
        ("linshan/city.yaml", copy.plant("city.yaml", "hours: centre", "hours: center")),
        ("linshan/halls.yaml", copy.plant("halls.yaml", "area: wenhua", "area: wenhuu")),
    }
    assert {(p.file, p.line) for p in copy.problems()} == planted


@pytest.mark.parametrize("name", ["organisations", "places", "halls", "notices", "words"])
def test_a_missing_file_is_named(copy: Copy, name: str) -> None:
    (copy.folder / f"{name}.yaml").unlink()
    assert str(copy.problem()).startswith(f"linshan/{name}.yaml:1: cannot be read")


def test_a_folder_without_city_yaml_is_no_city(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is not a city folder: it has no city\.yaml"):
        cities.load(tmp_path)


def test_a_city_without_guides_is_refused(copy: Copy) -> None:
    shutil.rmtree(copy.folder / "services")
    assert any("holds no guide; write one." in p.message for p in copy.problems())


@pytest.mark.parametrize("name", ["guide", "city", "organisations", "places", "halls", "words", "notices"])  # fmt: skip
def test_each_kind_of_file_has_a_schema_that_forbids_unknown_fields(name: str) -> None:
    assert cities.schemas()[name]["additionalProperties"] is False


WEEK = {"days": "mon-fri", "times": ["08:30-11:30", "13:30-17:00"]}
SATURDAY = {"days": "sat", "times": ["09:00-12:00"]}
OFFICE = Hours.model_validate({"openings": [WEEK]})
CENTRE = Hours.model_validate({"openings": [WEEK, SATURDAY]})
DAILY = Hours.model_validate(
    {"holidays": True, "openings": [{"days": "mon-sun", "times": ["08:30-17:00"]}]}
)


@pytest.mark.parametrize(
    ("hours", "moment", "opens"),
    [
        (OFFICE, "2026-11-24 08:29", False),
        (OFFICE, "2026-11-24 08:30", True),
        (OFFICE, "2026-11-24 11:29", True),
        (OFFICE, "2026-11-24 11:30", False),  # lunch
        (OFFICE, "2026-11-24 13:30", True),
        (OFFICE, "2026-11-24 17:00", False),
        (OFFICE, "2026-11-28 10:00", False),  # an ordinary Saturday
        (CENTRE, "2026-11-28 10:00", True),
        (CENTRE, "2026-11-28 12:00", False),
        (CENTRE, "2026-11-29 10:00", False),
        (OFFICE, "2026-10-01 10:00", False),  # National Day, a Thursday
        (DAILY, "2026-10-01 10:00", True),
        (DAILY, "2026-10-03 10:00", True),
        (DAILY, "2026-10-01 17:30", False),
        (OFFICE, "2026-09-20 10:00", True),  # make-up Sunday
        (OFFICE, "2026-09-20 12:00", False),
        (CENTRE, "2026-09-20 15:00", True),
        (CENTRE, "2026-10-10 15:00", True),  # make-up Saturday: a whole working day
        (DAILY, "2026-09-20 10:00", True),
    ],
)
def test_opening_hours(city: City, hours: Hours, moment: str, opens: bool) -> None:
    at = datetime.fromisoformat(moment)
    assert hours.open_at(at, city.calendar.is_working_day(at.date())) is opens


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-28T10:00", [True, False, True]),  # an ordinary Saturday
        ("2026-10-03T10:00", [False, False, False]),  # National Day, a Saturday
        ("2026-02-21T10:00", [False, False, False]),  # in the middle of Spring Festival
        ("2026-04-04T10:00", [False, False, False]),  # Tomb-sweeping, 4 to 6 April
        ("2026-02-14T15:00", [True, True, True]),  # a make-up Saturday
    ],
)
def test_a_holiday_closes_a_saturday_too(book: Book, moment: str, opens: list[bool]) -> None:
    places = book.card("elder-card", {}, moment)["places"]
    assert [p["kind"] for p in places] == ["halls", "office", "window"]
    assert [p["open"] for p in places] == opens


@pytest.mark.parametrize("days", ["", "mon-", "mon-fri-sat", "Mon", "sun-mon", "8"])
def test_days_that_mean_nothing_are_refused(days: str) -> None:
    with pytest.raises(ValidationError):
        Hours.model_validate({"openings": [{"days": days, "times": ["09:00-12:00"]}]})


@pytest.mark.parametrize(("days", "numbers"), [("mon-sun", range(7)), ("sat", [5]), ("tue-thu", [1, 2, 3])])  # fmt: skip
def test_days_become_numbers(days: str, numbers) -> None:
    opening = {"days": days, "times": ["09:00-12:00"]}
    assert Hours.model_validate({"openings": [opening]}).openings[0].days == tuple(numbers)
