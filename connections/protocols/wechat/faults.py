"""The meaning of WeChat's error codes, for every kind of app."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.values.faults import (
    misconfigured,
    not_allowed,
    rejected,
    try_again,
    unavailable,
)

BAD_CODE = _("Make sure that users do not reload the page while they sign in.")

# Codes and meanings are from
# https://developers.weixin.qq.com/doc/oplatform/developers/dev/auth/web.html and its siblings.
FAULTS = {
    "-1": unavailable(
        _("WeChat reported that its system is busy."),
        _("Usually temporary. If it continues, check WeChat's service status."),
    ),
    "40001": try_again(
        _("WeChat rejected the access token that it had just issued."),
        _(
            "If it continues, check whether another program uses this app's tokens, or reset "
            "the AppSecret."
        ),
    ),
    "40002": misconfigured(
        _("WeChat rejected the grant type (grant_type)."),
        _("This is a bug in Menkou. Report it with the reference."),
    ),
    "40003": try_again(
        _("WeChat did not recognize the openid that it had just issued."),
        _("If it continues, report it to WeChat with the trace ID (rid)."),
    ),
    "40013": misconfigured(
        _("WeChat does not recognize the AppID."),
        _(
            "Check the AppID on the app's details page. The AppID of an Official Account does "
            "not work here."
        ),
    ),
    "40014": try_again(
        _("WeChat reported the access token that it had just issued as invalid."),
        _("If it continues, report it to WeChat with the trace ID (rid)."),
    ),
    "40029": try_again(
        _("The authorization code was wrong, expired, or issued to another app."), BAD_CODE
    ),
    "40125": misconfigured(
        _("WeChat does not accept the AppSecret."),
        _("Enter the current AppSecret, or reset it at WeChat and enter the new one."),
    ),
    "40163": try_again(_("The authorization code was already used."), BAD_CODE),
    "40164": misconfigured(
        _("This server's IP address is not on the app's IP allowlist."),
        _("Add the server's IP address to the allowlist in WeChat's console."),
    ),
    "40226": not_allowed(
        _("WeChat blocked this user for security reasons."),
        _("WeChat does not allow this account to sign in."),
        _("Only the user can resolve this with WeChat."),
    ),
    "40243": misconfigured(
        _("The AppSecret is frozen."),
        _("Unfreeze it in WeChat's console, or reset it and enter the new one here."),
    ),
    "41002": misconfigured(
        _("The request to WeChat contained no AppID."),
        _("Enter the AppID and save the connection."),
    ),
    "41004": misconfigured(
        _("The request to WeChat contained no AppSecret."),
        _("Enter the AppSecret again and save the connection."),
    ),
    "42001": try_again(
        _("The access token expired before the profile could be read."),
        _("Usually temporary. If it continues, check the server's clock."),
    ),
    "42003": try_again(
        _("The authorization code expired."),
        _("No action needed. The user took too long and can start the sign-in again."),
    ),
    "45009": unavailable(
        _("The app has reached its daily WeChat API quota."),
        _("Wait until tomorrow, or request a higher quota from WeChat."),
    ),
    "45011": unavailable(
        _("The app has reached WeChat's limit of calls per minute."),
        _("Usually temporary. If it continues, request a higher quota from WeChat."),
    ),
    "48001": misconfigured(
        _("The app is not allowed to read user profiles."),
        _("Check the app's details page: 微信登录 (WeChat sign-in) must be 已获得 (granted)."),
    ),
    "48004": misconfigured(
        _("WeChat has disabled this API for the app."),
        _("See the notices in the WeChat Open Platform (微信开放平台) for the reason."),
    ),
    "50001": try_again(
        _("The user had not allowed the app to read their profile."),
        _("No action needed. The user can sign in again and allow access."),
    ),
    "50002": not_allowed(
        _("WeChat has restricted this user's account."),
        _("WeChat does not allow this account to sign in."),
        _("Only the user can resolve this with WeChat."),
    ),
    "snapshot": not_allowed(
        _("The page was opened as a WeChat snapshot (网页快照), which returns a made-up user."),
        _(
            "You are viewing a preview of this page. Tap “Use full service” (使用完整服务) in "
            "WeChat, then sign in again."
        ),
        _("No action needed. The page asks the user to switch to the full service."),
    ),
    "no_unionid": misconfigured(
        _("WeChat did not return a unionid."),
        _(
            "Bind the app to an Open Platform account. For a test account, turn on “Test "
            "account without unionid” under “Advanced settings”."
        ),
    ),
    "openid_mismatch": rejected(
        _("The token and the profile from WeChat belong to different users."),
        _("If it continues, check the proxies between this server and WeChat."),
    ),
    "app_moved": misconfigured(
        _("WeChat returned a different unionid for this user than before."),
        _(
            "The app may have moved to another Open Platform account. If so, enter that "
            "account's 原始ID as the Account ID."
        ),
    ),
}
