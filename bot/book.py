"""What a dialogue may read of a city: facts of guides, computed for a person and a moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Final

from bot.checklist import Checklist, Chosen, Speech, compute, open_questions, understood
from bot.city import City, Notice
from bot.guide import Guide, Material, Option, Place, Situation, Time
from bot.place import Centre, Hall, Hours, Point
from bot.talk import Facts, Json
from bot.whereabouts import place_named

# So many combinations of a guide and what was chosen in it are kept computed.
KEPT: Final = 2000

# A guide's id, and what was chosen: pairs of a situation and its option.
Case = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Book:
    """A read-only view of one City. Every text in its answers stands in a file of the city.

    Cards share their parts: they are to be read, not changed.
    """

    city: City
    speech: Speech = field(default_factory=Speech)

    def has_guide(self, name: str) -> bool:
        """Whether there is such a guide (it may have gone with a new version of the city)."""
        return name in self.city.guides

    def guide_name(self, name: str) -> str:
        """The guide's everyday name."""
        return self.city.guides[name].plain_name

    def matter_name(self, name: str) -> str:
        """Everyday name of a guide or notice."""
        notice = self.city.notices.get(name)
        return notice.name if notice else self.guide_name(name)

    def notice(self, name: str) -> Notice | None:
        """A matter without a guide: cancelled, suspended or handled elsewhere."""
        return self.city.notices.get(name)

    def meanings(self, text: str) -> tuple[str, ...]:
        """Guides that an ambiguous everyday word may mean, if the text is just that word."""
        return self._ambiguous.get(text, ())

    @cached_property
    def _ambiguous(self) -> dict[str, tuple[str, ...]]:
        several = [word for word in reversed(self.city.words) if len(word.guides) > 1]
        return {self.speech.plain(word.everyday): word.guides for word in several}

    def open_questions(self, name: str, chosen: Chosen) -> tuple[Situation, ...]:
        """Situation questions whose answer would change this person's result; at most two."""
        return self._open_questions(_case(name, chosen))

    def situation(self, name: str, situation: str) -> Situation | None:
        """A guide's situation question by its id."""
        return next((s for s in self.city.guides[name].situations if s.id == situation), None)

    def understood(self, name: str, text: str, facts: Facts) -> dict[str, str]:
        """Situation options that the citizen's own words decide."""
        return understood(self.city.guides[name], text, facts, self.speech)

    def materials(self, name: str, chosen: Chosen) -> tuple[Material, ...]:
        """The things to bring, conditional ones included."""
        return compute(self.city.guides[name], chosen).materials

    def organisation(self, name: str) -> str:
        """Id of the organisation that is responsible for a guide's matter."""
        return self.city.guides[name].authority.organisation

    def place_named(self, text: str, prefixes: tuple[str, ...] = ()) -> Json:
        """The window, office, hall or organisation that a text names most exactly, or None.

        `place` is its kind and id, `name` what it is called, `organisation` whose it is (if known).
        `prefixes` are beginnings of names that people leave out.
        """
        return place_named(self.city, text, prefixes)

    def says(self, name: str, text: str) -> bool:
        """Whether a normalised text names a guide's matter in one of its everyday ways."""
        return any(self.speech.plain(word) in text for word in self.city.guides[name].says)

    def guides_at(self, place: str) -> list[str]:
        """Guides whose matters are handled at a place, such as `window:id-card`."""
        kind, _, name = place.partition(":")
        return [
            guide.id
            for guide in self.city.guides.values()
            if any(getattr(p, kind, None) == name for p in guide.places)
        ]

    def publishes(self, phone: str) -> bool:
        """Whether a phone number is one that the city itself gives out."""
        return _digits(phone) in self._published

    @cached_property
    def _published(self) -> frozenset[str]:
        city = self.city
        phones = [
            city.about.hotline,
            city.about.centre.phone,
            *(organisation.phone for organisation in city.organisations.values()),
            *(office.phone for office in city.offices.values()),
            *(hall.phone for hall in city.halls.values()),
            *(guide.enquiry_phone for guide in city.guides.values()),
            *(guide.complaint_phone for guide in city.guides.values()),
        ]
        return frozenset(_digits(phone) for phone in phones if phone)

    def about(self) -> Json:
        """The city's name, hotline, disclaimer and emergency numbers."""
        return self._about

    @cached_property
    def _about(self) -> Json:
        about = self.city.about
        return {
            "city": about.name,
            "hotline": about.hotline,
            "disclaimer": about.disclaimer,
            "centre": about.centre.name,
            "emergencies": [e.model_dump() for e in about.emergencies],
        }

    def nearest_hall(self, lat: float, lon: float, at: str) -> Json:
        """The community hall nearest to a point in degrees, with its distance in metres.

        The service centre where a city has no halls.
        """
        here = Point(lat=lat, lon=lon)
        halls: tuple[Hall | Centre, ...] = tuple(self.city.halls.values())
        places = halls or (self.city.about.centre,)
        place = min(places, key=lambda place: place.at.metres_to(here))
        hours = self._open(self.city.about.hours[place.hours], datetime.fromisoformat(at))
        return {
            "name": place.name,
            "address": place.address,
            "phone": place.phone,
            "metres": round(place.at.metres_to(here)),
        } | hours

    def card(self, name: str, chosen: Chosen, at: str) -> Json:
        """Everything a citizen may be told of a guide, as plain data for the wording."""
        # Nothing on it changes within a minute.
        minute = datetime.fromisoformat(at).replace(second=0, microsecond=0)
        return self._cards(_case(name, chosen), minute)

    # What was computed is kept: most people ask for the same few guides.

    @cached_property
    def _cards(self) -> Callable[[Case, datetime], dict[str, Json]]:
        def found(case: Case, moment: datetime) -> dict[str, Json]:
            checklist, facts = self._facts(case)
            return {
                **facts,
                "places": [self._place(p, moment) for p in checklist.places],
                "due": self._due(checklist.promised_time, moment.date()),
            }

        return lru_cache(KEPT)(found)

    @cached_property
    def _open_questions(self) -> Callable[[Case], tuple[Situation, ...]]:
        def found(case: Case) -> tuple[Situation, ...]:
            return open_questions(self.city.guides[case[0]], dict(case[1]))

        return lru_cache(KEPT)(found)

    @cached_property
    def _facts(self) -> Callable[[Case], tuple[Checklist, dict[str, Json]]]:
        def found(case: Case) -> tuple[Checklist, dict[str, Json]]:
            guide = self.city.guides[case[0]]
            checklist = compute(guide, dict(case[1]))
            return checklist, self._told(guide, checklist)

        return lru_cache(KEPT)(found)

    def _told(self, guide: Guide, checklist: Checklist) -> dict[str, Json]:
        """Everything of a card that is the same at any moment."""
        return {
            "guide": guide.id,
            "name": guide.plain_name,
            "official_name": guide.official_name,
            "summary": list(guide.summary),
            "understood": [option.label for option in checklist.options],
            "materials": [self._material(m) for m in checklist.materials],
            "online": list(guide.online),
            "promised": _time(checklist.promised_time),
            "statutory": _time(guide.statutory_time) if guide.statutory_time else None,
            "statutory_note": guide.statutory_note,
            "deadline": guide.deadline.text if guide.deadline else None,
            "fees": [
                {"name": f.name, "amount": _yuan(f.amount), "text": f.text, "when": f.when}
                for f in checklist.fees
            ],
            "total": _total(checklist),
            "steps": [s.text for s in guide.steps if s.actor == "citizen"],
            "who": guide.who,
            "conditions": list(guide.conditions),
            "in_person": guide.in_person.model_dump(),
            # What an answer brought about is said wherever the answer is shown.
            "notes": [*(o.condition for o in checklist.options if o.condition), *checklist.notes],
            "elsewhere": checklist.elsewhere,
            "pitfalls": list(guide.pitfalls),
            "result": guide.result.model_dump(),
            "authority": self.city.organisations[guide.authority.organisation].name,
            "enquiry_phone": guide.enquiry_phone,
            "complaint_phone": guide.complaint_phone,
            "legal_basis": [
                {"law": b.law, "article": b.article, "checked": b.checked.value}
                for b in guide.legal_basis.values()
            ],
            "uncertain": list(guide.uncertain),
            "reviewed_on": guide.reviewed_on.isoformat(),
            "city": self.city.about.name,
        }

    def situations(self, name: str, at: str) -> Json:
        """Every situation question of a guide, and what each of its answers changes.

        An option holds only what differs from the card without it: `adds` and `drops` (materials
        by name; one that is needed in other cases only need not be dropped), `fees` (empty where
        it becomes free), `promised`, `places`, `condition`, `note`.
        """
        guide, plain = self.city.guides[name], self.card(name, {}, at)
        return [
            {
                "id": situation.id,
                "asks": situation.asks,
                "options": [
                    self._option(option, plain, self.card(name, {situation.id: option.id}, at))
                    for option in situation.options
                ],
            }
            for situation in guide.situations
        ]

    def _option(self, option: Option, plain: Json, card: Json) -> Json:
        if card["elsewhere"]:
            # The guide does not serve this person: only what to do instead is to be told.
            plain = {**card, "places": plain["places"]}
        before = {m["id"]: m for m in plain["materials"]}
        after = {m["id"]: m for m in card["materials"]}
        changed = {
            key: card[key] for key in ("fees", "promised", "places") if card[key] != plain[key]
        }
        return {
            "id": option.id,
            "label": option.label,
            "adds": [m["name"] for i, m in after.items() if m != before.get(i)],
            "drops": [m["name"] for i, m in before.items() if i not in after and not m["when"]],
            "condition": option.condition,
            "note": option.note,
            **changed,
        }

    def _material(self, material: Material) -> Json:
        return {
            **material.model_dump(exclude={"basis", "guide", "get"}),
            # Not `get`: in a template that is the mapping's own method.
            "source": material.get,
            "guide": material.guide,
            "guide_name": self.guide_name(material.guide) if material.guide else None,
        }

    def _place(self, place: Place, moment: datetime) -> Json:
        city = self.city
        if place.halls:
            halls = [
                {"name": h.name, "address": h.address, "phone": h.phone}
                for h in city.halls.values()
            ]
            hours = city.about.hours[next(iter(city.halls.values())).hours]
            found = {"kind": "halls", "halls": halls, "phone": None, "note": place.note}
            return found | self._open(hours, moment)
        if place.window:
            window, centre = city.windows[place.window], city.about.centre
            return {
                "kind": "window",
                "name": centre.name,
                "address": centre.address,
                "floor": window.floor,
                "number": window.number,
                "window": window.name,
                "phone": city.organisations[window.organisation].phone,
                "note": place.note,
            } | self._open(city.about.hours[centre.hours], moment)
        office = city.offices[place.office or ""]
        return {
            "kind": "office",
            "name": office.name,
            "address": office.address,
            "phone": office.phone,
            "note": place.note or office.note,
        } | self._open(city.about.hours[office.hours], moment)

    def _open(self, hours: Hours, moment: datetime) -> Json:
        calendar, day = self.city.calendar, moment.date()
        working, holiday = calendar.is_working_day(day), calendar.in_holiday(day)
        openings = [
            {
                "days": [o.days[0], o.days[-1]],
                "times": [f"{a:%H:%M}-{b:%H:%M}" for a, b in o.times],
            }
            for o in hours.openings
        ]
        return {
            "open": hours.open_at(moment, working, holiday),
            "hours": openings,
            "daily": hours.holidays,
        }

    def _due(self, promised: Time, start: date) -> Json:
        due = self.city.calendar.due(start, promised)
        return {
            "on": due.on.isoformat(),
            "month": due.on.month,
            "day": due.on.day,
            "weekday": due.on.weekday(),
            "year": due.on.year if due.on.year != start.year else None,
            "working_days": due.working_days,
            "skipped": list(due.skipped),
            "provisional": due.provisional,
        }


def _case(name: str, chosen: Chosen) -> Case:
    return name, tuple(sorted(chosen.items()))


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))


def _time(time: Time) -> Json:
    return {"value": time.value, "unit": time.unit.value, "note": time.note}


def _yuan(amount: float | None) -> int | float | None:
    return int(amount) if amount is not None and amount == int(amount) else amount


def _total(checklist: Checklist) -> int | float | None:
    """Sum of the fees if each is a certain amount, else None."""
    fees = checklist.fees
    if not fees or any(f.amount is None or f.when for f in fees):
        return None
    return _yuan(sum(f.amount or 0 for f in fees))
