"""The Guide model (办事指南) and its parts: one public service in plain language."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=16, strip_whitespace=True)]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+][0-9 -]{2,20}$")]


class Model(BaseModel):
    """Frozen, and strict about unknown fields: a misspelt field must not pass silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Unit(StrEnum):
    """Unit of a promised or statutory time (时限单位). There is no ISO 8601 working day."""

    working_days = "working_days"
    days = "days"
    hours = "hours"
    minutes = "minutes"
    on_the_spot = "on_the_spot"


class Level(StrEnum):
    """Administrative level that decides (行使层级)."""

    province = "province"
    city = "city"
    district = "district"
    town = "town"
    community = "community"


class Decision(StrEnum):
    """What the city decided on an item of its power list (权力清单决定)."""

    kept = "kept"
    cancelled = "cancelled"
    devolved = "devolved"
    suspended = "suspended"


class PowerKind(StrEnum):
    """Type of a power item (权力类型)."""

    licence = "licence"  # 行政许可
    confirmation = "confirmation"  # 行政确认
    payment = "payment"  # 行政给付
    reward = "reward"  # 行政奖励
    adjudication = "adjudication"  # 行政裁决
    inspection = "inspection"  # 行政检查
    penalty = "penalty"  # 行政处罚
    levy = "levy"  # 行政征收
    other_power = "other_power"  # 其他行政权力
    public_service = "public_service"  # 公共服务


class Checked(StrEnum):
    """How a legal basis was checked: article read, stored page read, or from memory only."""

    text = "text"
    page = "page"
    unverified = "unverified"


class LegalBasis(Model):
    """Law and article a guide rests on (设定依据)."""

    law: Short
    article: Short | None = None
    checked: Checked
    checked_on: date


class Time(Model):
    """A time limit (时限): number and unit, never a bare number.

    `value` is absent only for `on_the_spot`. `note` says from when it counts or what it
    depends on; `basis` names an entry of the guide's `legal_basis` or a city document.
    """

    value: Annotated[int, Field(ge=1, le=400)] | None = None
    unit: Unit
    note: Text | None = None
    basis: Id | None = None

    @model_validator(mode="after")
    def _value_fits_unit(self) -> Self:
        if (self.value is None) != (self.unit is Unit.on_the_spot):
            raise ValueError("give a value for every unit but on_the_spot")
        return self


class Deadline(Model):
    """Until when the citizen has to come (申报期限), for example a month after a birth."""

    text: Text
    basis: Id


class Power(Model):
    """Item of the power list behind the guide (权力事项)."""

    kind: PowerKind
    decision: Decision = Decision.kept
    document: Short | None = None
    decided_on: date | None = None


class Authority(Model):
    """Who is responsible (实施主体): one organisation, one deciding level."""

    organisation: Id
    level: Level


class InPerson(Model):
    """Whether the person must come (是否需本人到场) and who may come instead."""

    required: bool
    text: Text


class Material(Model):
    """A thing to bring (材料).

    No `when` means always. With `when`, it is needed only then; a situation option that
    names it in `needs` makes it needed. `get` says where it comes from if one has none at
    home; `guide` is the guide whose result it is.
    """

    id: Id
    name: Short
    issuer: Short
    original: bool = True
    copies: Annotated[int, Field(ge=0, le=9)] = 0
    when: Short | None = None
    get: Text | None = None
    guide: Id | None = None
    basis: tuple[Id, ...] = ()
    pitfall: Text | None = None


class Step(Model):
    """One step (办理流程). Steps inside the administration are not the citizen's business."""

    actor: Annotated[str, StringConstraints(pattern="^(citizen|internal)$")]
    text: Text


class Place(Model):
    """Where to go (办理地点): exactly one of a centre window, an office, or every hall."""

    window: Id | None = None
    office: Id | None = None
    halls: bool = False
    note: Text | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.window is not None) + (self.office is not None) + self.halls != 1:
            raise ValueError("give exactly one of window, office, halls: true")
        return self


class Fee(Model):
    """A fee line (收费). `amount` in yuan, or `text` where it depends on something said there."""

    id: Id
    name: Short
    amount: Annotated[float, Field(ge=0)] | None = None
    text: Text | None = None
    when: Short | None = None
    basis: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _amount_or_text(self) -> Self:
        if (self.amount is None) == (self.text is None):
            raise ValueError("give either amount (yuan) or text")
        return self


class Result(Model):
    """What one gets (办理结果) and how long it is valid."""

    name: Short
    validity: Short


class Age(Model):
    """Ages in completed years for which an option holds, both ends included."""

    min: Annotated[int, Field(ge=0, le=130)] = 0
    max: Annotated[int, Field(ge=0, le=130)] = 130


class Option(Model):
    """One situation (情形) and what it changes, so that a checklist can be computed.

    `cues` are words by which a citizen says it; `age` and `proxy` are read from the question.
    `needs` makes conditional materials needed, `drops` removes materials, `replaces` swaps one
    for another. `fees` makes conditional fee lines due and rules out those that other options of
    the same situation name; an empty list rules out all of these, no list says nothing of fees.
    `elsewhere` means that the guide does not serve this person: condition and note say what to
    do, `place` where to go, and no materials, fees or promise are shown.
    """

    id: Id
    label: Label
    cues: tuple[Short, ...] = ()
    age: Age | None = None
    proxy: bool = False
    needs: tuple[Id, ...] = ()
    drops: tuple[Id, ...] = ()
    replaces: dict[Id, Id] = Field(default_factory=dict)
    fees: tuple[Id, ...] | None = None
    free: bool = False
    elsewhere: bool = False
    promised_time: Time | None = None
    place: Place | None = None
    condition: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _elsewhere_says_what_to_do(self) -> Self:
        if self.elsewhere and not (self.note or self.condition):
            raise ValueError("write a note that says what to do, as it is handled elsewhere")
        return self


class Situation(Model):
    """A question whose answer changes the result (情形选择), with its options.

    `applies` limits it to certain answers: other situation -> its options. While that one is
    unanswered, the situation applies.
    """

    id: Id
    asks: Short
    applies: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=8)]


class Figures(Model):
    """The guide's figures before re-engineering (改造前), as the city recorded them."""

    materials: int
    steps: int
    sign_offs: int
    time: Time


class Guide(Model):
    """One public service in plain language (办事指南)."""

    id: Id
    topic: Id
    plain_name: Short
    official_name: Short
    says: Annotated[tuple[Short, ...], Field(min_length=3)]
    asks: Annotated[tuple[Text, ...], Field(min_length=1)]
    summary: Annotated[tuple[Text, ...], Field(min_length=1, max_length=4)]
    who: Text
    conditions: tuple[Text, ...]
    in_person: InPerson
    authority: Authority
    power: Power
    materials: Annotated[tuple[Material, ...], Field(min_length=1)]
    statutory_time: Time | None = None
    statutory_note: Text | None = None
    deadline: Deadline | None = None
    promised_time: Time
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    places: Annotated[tuple[Place, ...], Field(min_length=1)]
    online: tuple[Text, ...] = ()
    fees: tuple[Fee, ...] = ()
    free_basis: Id | None = None
    result: Result
    enquiry_phone: Phone
    complaint_phone: Phone
    pitfalls: tuple[Text, ...] = ()
    situations: tuple[Situation, ...] = ()
    legal_basis: dict[Id, LegalBasis]
    uncertain: tuple[Text, ...] = ()
    reviewed_on: date
    review_by: date
    before: Figures | None = None

    @model_validator(mode="after")
    def _inner_references(self) -> Self:
        _refuse_repeats("materials", [m.id for m in self.materials])
        _refuse_repeats("fees", [f.id for f in self.fees])
        _refuse_repeats("situations", [s.id for s in self.situations])
        materials = {m.id for m in self.materials}
        fees = {f.id for f in self.fees}
        for situation in self.situations:
            _refuse_repeats(f"situations.{situation.id}", [o.id for o in situation.options])
            for option in situation.options:
                named = {*option.needs, *option.drops, *option.replaces, *option.replaces.values()}
                where = f"situation {situation.id}, option {option.id}"
                if unknown := sorted(named - materials):
                    raise ValueError(f"{where} names materials that do not exist: {unknown}")
                if unknown := sorted(set(option.fees or ()) - fees):
                    raise ValueError(f"{where} names fees that do not exist: {unknown}")
        self._check_applies()
        return self

    def _check_applies(self) -> None:
        options = {s.id: {o.id for o in s.options} for s in self.situations}
        for situation in self.situations:
            for other, names in situation.applies.items():
                where = f"situation {situation.id}, applies"
                if other == situation.id or other not in options:
                    raise ValueError(f"{where} names no other situation: {other!r}")
                if unknown := sorted(set(names) - options[other]):
                    raise ValueError(f"{where} names options that do not exist: {unknown}")


def _refuse_repeats(what: str, ids: list[str]) -> None:
    repeated = sorted({i for i in ids if ids.count(i) > 1})
    if repeated:
        raise ValueError(f"{what} uses an id twice: {repeated}")
