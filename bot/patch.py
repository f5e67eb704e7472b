"""Patches of a guide's YAML: one line more, comments and order kept. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from difflib import unified_diff
from typing import Final

import yaml

FIELDS: Final = ("asks", "says")
# What needs no quotes in either style of YAML; everything else gets them.
_PLAIN: Final = re.compile(r"[^\W\d_][\w，。？！、；（）“”]*", re.UNICODE)
_WORDS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


class PatchError(ValueError):
    """A file that cannot be patched, with the reason."""


def with_item(source: str, field: str, value: str) -> str:
    """The same file with `value` at the end of the list `field`.

    Raises PatchError if it is there already, or if there is no such list.
    """
    sequence = _sequence(source, field)
    known = [str(node.value) for node in sequence.value]
    if value in known:
        raise PatchError(f"{field} holds it already")
    item = _scalar(value)
    if sequence.flow_style:
        at = sequence.end_mark.index - 1
        head = source[:at].rstrip()
        comma = " " if head.endswith(",") else ", "
        patched = head + (comma if known else "") + item + source[at:]
    else:
        last = sequence.value[-1]
        end = source.find("\n", _end(source, last))
        end = len(source) if end < 0 else end
        indent = " " * sequence.start_mark.column
        patched = f"{source[:end]}\n{indent}- {item}{source[end:]}"
    now = [node.value for node in _sequence(patched, field).value]
    if now != [*known, value]:  # a style of writing that we do not know: rather nothing than harm
        raise PatchError(f"{field} is written in a way that cannot be added to here")
    return patched


def diff(before: str, after: str, name: str) -> list[str]:
    """The lines of a unified diff."""
    return list(unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=2))


def stub(name: str, asks: Sequence[str], today: str) -> str:
    """A new guide to fill in, with the questions that called for it. `today` is YYYY-MM-DD."""
    listed = "\n".join(f"  - {_scalar(text)}" for text in asks)
    return _STUB.format(name=_scalar(name), asks=listed, today=today)


def _sequence(source: str, field: str) -> yaml.SequenceNode:
    try:
        root = yaml.compose(source, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise PatchError("the file is not YAML any more") from error
    for key, node in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == field and isinstance(node, yaml.SequenceNode) and node.value:
            return node
    raise PatchError(f"there is no list {field}")


def _end(source: str, node: yaml.Node) -> int:
    """Index behind a node's last character that is no white space."""
    return node.start_mark.index + len(source[node.start_mark.index : node.end_mark.index].rstrip())


def _scalar(value: str) -> str:
    plain = _PLAIN.fullmatch(value) and value.casefold() not in _WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


_STUB: Final = """\
# yaml-language-server: $schema=../../guide.schema.json
# A stub: fill in every TODO from the law and the office, then `doorstep lint`.
id: todo-name-it
topic: todo
plain_name: {name}
official_name: TODO
says: [TODO, TODO 2, TODO 3]
asks:
{asks}
summary: [TODO]
who: TODO
conditions: [TODO]
in_person: {{required: true, text: TODO}}
authority: {{organisation: todo, level: district}}
power: {{kind: public_service}}
materials:
  - {{id: todo, name: TODO, issuer: TODO, basis: [todo]}}
promised_time: {{value: 5, unit: working_days, basis: todo}}
steps:
  - {{actor: citizen, text: TODO}}
places:
  - {{window: todo}}
result: {{name: TODO, validity: TODO}}
enquiry_phone: "TODO"
complaint_phone: "TODO"
legal_basis:
  todo: {{law: TODO, article: TODO, checked: text, checked_on: {today}}}
reviewed_on: {today}
review_by: {today}
"""
