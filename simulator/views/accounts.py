"""账号中心: accounts of the Open Platform, and the apps that share unionids in each."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from simulator import review
from simulator.registration import LONGEST
from simulator.state import simulator
from simulator.views import console


@console.page
def accounts(request: HttpRequest) -> HttpResponse:
    """List all accounts. A POST creates another one."""
    if request.method == "POST":
        simulator.world.open_account(_name(request))
        return console.done("added", "console_accounts")
    apps = [(app, review.STATES[app.state]) for app in simulator.world.apps.values()]
    cards = [
        (account, [entry for entry in apps if entry[0].open_account == account.original_id])
        for account in simulator.world.accounts.values()
    ]
    context = {"section": "accounts", "cards": cards, "notice": console.notice(request)}
    return render(request, "console_accounts.html", context)


@console.post_only
def rename(request: HttpRequest, original_id: str) -> HttpResponse:
    """Rename an account. Its 原始ID stays the same."""
    account = simulator.world.accounts.get(original_id)
    if account is None:
        raise Http404
    account.name = _name(request)
    return console.done("saved", "console_accounts")


def _name(request: HttpRequest) -> str:
    return request.POST.get("name", "").strip()[:LONGEST]
