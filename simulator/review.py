"""The states of an app: draft, in review, approved, refused, offline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.texts import Both
from simulator.world import App, AppState

# According to what is known of WeChat's reviewers. This list is not complete.
FOREIGN_NAMES = ("微信", "腾讯", "wechat", "weixin", "tencent")

STATES = {
    AppState.DRAFT: Both("未提交", "Draft"),
    AppState.AUDITING: Both("审核中", "In review"),
    AppState.APPROVED: Both("已通过", "Approved"),
    AppState.REFUSED: Both("未通过", "Refused"),
    AppState.OFFLINE: Both("已下线", "Offline"),
}


class WrongState(Exception):
    """A step that the app's state does not allow."""


def may_be_edited(app: App) -> bool:
    """Whether the owner can still change what the reviewer sees."""
    return app.state in (AppState.DRAFT, AppState.REFUSED)


def has_appid(app: App) -> bool:
    """Whether the owner can see the AppID, which is issued on approval."""
    return app.state in (AppState.APPROVED, AppState.OFFLINE)


def submit(app: App, *, approve_at_once: bool) -> None:
    """Submit the app for review, which can approve at once."""
    _step(app, AppState.AUDITING, AppState.DRAFT, AppState.REFUSED)
    app.refusal = ""
    if approve_at_once:
        approve(app)


def approve(app: App) -> None:
    """已通过: from now on the app can sign people in and get a secret."""
    _step(app, AppState.APPROVED, AppState.AUDITING)
    app.login_granted = True


def refuse(app: App, reason: str) -> None:
    """未通过: the owner sees the reason and can submit it again."""
    _step(app, AppState.REFUSED, AppState.AUDITING)
    app.refusal = reason
    app.login_granted = False


def take_offline(app: App) -> None:
    """已下线: the app can no longer sign people in."""
    _step(app, AppState.OFFLINE, AppState.APPROVED)


def bring_back(app: App) -> None:
    """Approve the app again."""
    _step(app, AppState.APPROVED, AppState.OFFLINE)


def doubts(app: App, others: Iterable[App]) -> Iterator[Both]:
    """Return reasons why WeChat's reviewer would refuse the app."""
    if any(word in f"{app.name} {app.name_en}".lower() for word in FOREIGN_NAMES):
        yield Both("名称含有“微信”或“腾讯”", "The name contains WeChat or Tencent")
    if any(app.website == other.website for other in others if other is not app):
        yield Both("多个应用使用同一官网", "Several apps have the same official website")
    if not (app.icon_small and app.icon_large):
        yield Both("缺少应用图片", "An app icon is missing")
    if not app.registration_form:
        yield Both("缺少网站信息登记表扫描件", "The scanned registration form is missing")


def _step(app: App, to: AppState, *sources: AppState) -> None:
    if app.state not in sources:
        raise WrongState(f"{app.state} -> {to}")
    app.state = to
