"""Every language of a conversation says the same things: the same macros with the same parameters."""

import re
from pathlib import Path

import jinja2
import pytest
from jinja2 import meta, nodes

ROOT = Path(__file__).parent.parent
CONVERSATIONS = ROOT / "conversations"
ENVIRONMENT = jinja2.Environment(autoescape=False)  # the texts are plain, as in bot.wording
CJK = re.compile(r"[⺀-鿿豈-﫿＀-￯]")

FOLDERS = sorted(
    path.parent.name for path in CONVERSATIONS.glob("*/wording.zh.j2") if path.is_file()
)

Macros = dict[str, list[tuple[str, object]]]


def tree(conversation: str, language: str) -> nodes.Template:
    path = CONVERSATIONS / conversation / f"wording.{language}.j2"
    return ENVIRONMENT.parse(path.read_text("utf-8"), filename=str(path))


def macros(conversation: str, language: str) -> Macros:
    """Name of each macro with its parameters in order, each with its default (... for none)."""
    found: Macros = {}
    for macro in tree(conversation, language).find_all(nodes.Macro):
        assert macro.name not in found, f"{macro.name} is defined twice"
        missing: list[object] = [...] * (len(macro.args) - len(macro.defaults))
        defaults = [default.as_const() for default in macro.defaults]
        names = [argument.name for argument in macro.args]
        found[macro.name] = list(zip(names, missing + defaults, strict=True))
    return found


def test_there_are_conversations_to_compare() -> None:
    assert {"ask", "complain"} <= set(FOLDERS)


@pytest.mark.parametrize("conversation", FOLDERS)
def test_same_macros_with_the_same_parameters(conversation: str) -> None:
    chinese, english = macros(conversation, "zh"), macros(conversation, "en")

    assert english == chinese
    assert chinese, "a wording file without a macro says nothing"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("conversation", FOLDERS)
def test_a_wording_leans_on_nothing_but_its_parameters(conversation: str, language: str) -> None:
    # What the template would look up outside: StrictUndefined raises on it only when rendered.
    # `_` is where `set` puts what append() returns; jinja2 counts a name set under an `if`.
    assert meta.find_undeclared_variables(tree(conversation, language)) <= {"_"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("conversation", FOLDERS)
def test_no_key_is_read_that_every_dict_answers_with_a_method(
    conversation: str, language: str
) -> None:
    # `m.get` is the method of the dict, never the guide's field: it must be m["get"].
    read = {node.attr for node in tree(conversation, language).find_all(nodes.Getattr)}
    called = {
        call.node.attr
        for call in tree(conversation, language).find_all(nodes.Call)
        if isinstance(call.node, nodes.Getattr)
    }

    assert (read - called) & set(dir(dict)) == set()


@pytest.mark.parametrize("conversation", FOLDERS)
def test_english_wording_holds_no_chinese(conversation: str) -> None:
    said = "".join(
        data.data
        for output in tree(conversation, "en").find_all(nodes.Output)
        for data in output.find_all(nodes.TemplateData)
    )
    constants = [
        constant.value
        for constant in tree(conversation, "en").find_all(nodes.Const)
        if isinstance(constant.value, str)
    ]

    assert not CJK.findall(said + "".join(constants))
