"""The console of staff at /staff: what was logged is worked off here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter

from bot.channels.staff.actions import Actions
from bot.channels.staff.audit_page import AuditPage
from bot.channels.staff.case_page import CasePage
from bot.channels.staff.console import Console
from bot.channels.staff.exports import Exports
from bot.channels.staff.figures_page import FiguresPage
from bot.channels.staff.gaps_page import GapsPage
from bot.channels.staff.inbox import Inbox
from bot.channels.staff.sign_in import Door, Own
from bot.channels.staff.templates_page import TemplatesPage
from bot.channels.web.site import Site

TEMPLATES: Final = Path(__file__).parent / "templates"


def router(site: Site) -> APIRouter:
    """The routes below /staff; `site.folders` must name TEMPLATES."""
    return console(site).router


def console(site: Site) -> Console:
    """The console with every page and form that it has."""
    router = APIRouter(include_in_schema=False)
    Door(site).add_to(router)
    found = Console(site, router)
    Inbox(found)
    Actions(found, CasePage(found))
    Exports(found)
    FiguresPage(found)
    AuditPage(found)
    GapsPage(found)
    TemplatesPage(found)
    Own(found)
    return found
