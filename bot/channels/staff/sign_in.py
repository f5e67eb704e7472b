"""Signing in and out of the console, and what a member of staff does with the own account."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from bot import passwords
from bot.channels.staff import codes
from bot.channels.staff.access import COOKIE, PATH, Right, SignedIn, forget, remember, signed_in
from bot.channels.staff.console import SIGN_IN, Console, Form, back_to, fields
from bot.channels.web import security
from bot.channels.web.limits import Buckets
from bot.channels.web.site import Site
from bot.store import Store
from bot.store.desks import Desks
from bot.store.sessions import Sessions, token
from bot.store.staff import KIND, Account, Accounts, Audit

# Tries a minute for one name, and for one network address with many colleagues behind it.
TRIES_NAME: Final = 5
TRIES_ADDRESS: Final = 30
# A hash takes 64 MB while it is made; a crowd must not take them all at once.
AT_ONCE: Final = 2


class Door:
    """The sign-in page. It has no session yet, so it guards its form with a cookie of its own."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._names, self._addresses = Buckets(TRIES_NAME), Buckets(TRIES_ADDRESS)
        self._hashing = asyncio.Semaphore(AT_ONCE)

    def add_to(self, router: APIRouter) -> None:
        """Adds its routes."""
        router.add_api_route(SIGN_IN, self.show, methods=["GET"])
        router.add_api_route(SIGN_IN, self.submit, methods=["POST"])

    async def show(self, request: Request, back: str = PATH) -> Response:
        """The form; who is signed in already goes on."""
        if signed_in(request, self.site.store, self.site.now()):
            return RedirectResponse(_own(back), 303)
        return self._page(request, back=back)

    async def submit(self, request: Request) -> Response:
        """Checks name and password, and opens a session under a token that is new."""
        form = await fields(request)
        name, back = form.get("name", "").strip()[:64], form.get("back", PATH)
        before = request.cookies.get(COOKIE, "")
        if not before or not security.form_token_fits(before, form.get("token", "")):
            return self._page(request, 403, "expired", name, back)
        address = security.address(request)
        if self._names.wait(name) or self._addresses.wait(address):
            return self._page(request, 429, "too_many_tries", name, back)
        account = await self._checked(name, form.get("password", ""))
        code = form.get("code", "")
        secret, at = token(), self.site.at()

        def open_session(store: Store) -> bool:
            known = Accounts(store).find(name)
            if known is None:  # not audited: it may be a password typed into the wrong field
                return False
            good = account is not None and known == account
            if good and known.totp:
                good = codes.used(store, known, self._secret_of(known), code, self.site.now())
            Audit(store).add(at, known.actor, "signed_in" if good else "sign_in_failed", name)
            if good:
                Sessions(store).open(secret, KIND, name, at)
            if good and passwords.outdated(known.password):
                Accounts(store).rehash(name, passwords.hashed(form["password"]))
            return good

        if not await self.site.worker.write(open_session):
            return self._page(request, 403, "wrong_password", name, back)
        response = RedirectResponse(_own(back), 303)
        remember(response, secret, self.site.https)
        return response

    async def _checked(self, name: str, password: str) -> Account | None:
        """The active account of that name and password; as slow without an account."""
        account = Accounts(self.site.store).find(name)
        stored = account.password if account else passwords.NOBODY
        async with self._hashing:
            fits = await asyncio.to_thread(passwords.fits, stored, password)
        return account if account and fits and not account.disabled_at else None

    def _secret_of(self, account: Account) -> str:
        return self.site.intake().desk.vault.show(account.totp or "")

    def _page(
        self, request: Request, status: int = 200, key: str = "", name: str = "", back: str = PATH
    ) -> Response:
        secret = token()
        response = self.site.page(
            request,
            "staff/sign-in.html",
            status,
            token=security.form_token(secret),
            key=key,
            given_name=name,
            back=_own(back),
            with_code=bool(self.site.store.read("SELECT 1 FROM staff WHERE totp IS NOT NULL")),
        )
        remember(response, secret, self.site.https)
        return response


class Own:
    """The own account: sign out, a new password, one-time codes, the chats where one works."""

    def __init__(self, console: Console) -> None:
        self.console, self.site = console, console.site
        console.post("/sign-out", Right.read, self.sign_out)
        console.get("/account", Right.read, self.show)
        console.post("/account/password", Right.read, self.password)
        console.post("/account/code", Right.read, self.code)
        console.post("/account/chat", Right.read, self.link)
        console.post("/account/unlink", Right.read, self.unlink)

    async def sign_out(self, _request: Request, who: SignedIn, _form: Form) -> Response:
        """Ends the session."""
        at = self.site.at()
        await self.console.write(lambda store: Sessions(store).end(who.secret, at))
        response = RedirectResponse(SIGN_IN, 303)
        forget(response)
        return response

    async def show(self, request: Request, who: SignedIn) -> Response:
        """What one can change."""
        return self._page(request, who)

    async def password(self, request: Request, who: SignedIn, form: Form) -> Response:
        """A new password for who knows the old one; the other sessions end."""
        fits = await asyncio.to_thread(
            passwords.fits, who.account.password, form.get("password", "")
        )
        if not fits:
            return self._page(request, who, "wrong_password", 403)
        try:
            new = await asyncio.to_thread(passwords.hashed, form.get("new", ""))
        except ValueError:
            return self._page(request, who, "weak_password", 422)
        at = self.site.at()

        def work(store: Store) -> None:
            Accounts(store).set_password(who.name, new, at, but=who.secret)
            Audit(store).add(at, who.actor, "password_set", who.name)

        await self.console.write(work)
        return self._page(request, who, "password_changed")

    async def code(self, request: Request, who: SignedIn, form: Form) -> Response:
        """Turns one-time codes on, once a first code proves that the phone has the secret."""
        secret, at, now = form.get("secret", ""), self.site.at(), self.site.now()
        step = codes.step_of(secret, form.get("code", ""), now)
        if who.account.totp or step is None:
            return self._page(request, who, "wrong_code", 422)
        hidden = self.console.desk.vault.hide(secret)

        def work(store: Store) -> None:
            Accounts(store).set_totp(who.name, hidden)
            Accounts(store).use_code(who.name, step)
            Audit(store).add(at, who.actor, "code_turned_on", who.name)

        await self.console.write(work)
        return back_to(f"{PATH}/account")

    async def link(self, request: Request, who: SignedIn, form: Form) -> Response:
        """A one-time code that links a chat, or a group of those who may work."""
        group, now, at = (
            form.get("kind") == "group" and who.may("work"),
            self.site.now(),
            self.site.at(),
        )

        def work(store: Store) -> str:
            Audit(store).add(at, who.actor, "chat_code", who.name)
            return Desks(store).code(who.name, now, group=group)

        return self._page(request, who, chat_code=await self.console.write(work), group=group)

    async def unlink(self, _request: Request, who: SignedIn, _form: Form) -> Response:
        """Ends every chat of the account, groups too."""
        at = self.site.at()

        def work(store: Store) -> None:
            Desks(store).close(who.name)
            Audit(store).add(at, who.actor, "chat_unlinked", who.name)

        await self.console.write(work)
        return back_to(f"{PATH}/account")

    def _page(
        self,
        request: Request,
        who: SignedIn,
        key: str = "",
        status: int = 200,
        *,
        chat_code: str = "",
        group: bool = False,
    ) -> Response:
        desks = Desks(self.site.store)
        start = f"{'startgroup' if group else 'start'}=desk_{chat_code}"
        secret = "" if who.account.totp else codes.new_secret()
        qr = codes.qr(secret, who.name, self.site.book.about()["city"]) if secret else ""
        return self.console.page(
            request, who, "account.html", status, key=key, secret=secret, qr=qr,
            chat_code=chat_code, group=group, chats=desks.of_account(who.name),
            bot=desks.bot("telegram"), chat_link=desks.link(start),
        )  # fmt: skip


def _own(back: str) -> str:
    """Only a page of the console itself: anything else would lead away."""
    return back if back == PATH or back.startswith(f"{PATH}/") else PATH
