"""What WeChat's error codes mean, the same for every kind of app."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.models import Outcome
from connections.providers.definition import Fault

BAD_CODE = _("Make sure that people do not reload the page while they sign in.")

# Codes and meanings: wechat.md's table, from
# https://developers.weixin.qq.com/doc/oplatform/developers/dev/auth/web.html and its siblings.
FAULTS = {
    "-1": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("WeChat said that its system is busy."),
        fix=_("Nothing to do unless it goes on; then see WeChat's status."),
    ),
    "40001": Fault(
        outcome=Outcome.RETRY,
        cause=_("WeChat no longer accepted the access token that it had just given."),
        fix=_(
            "If it goes on, look for another program that uses this app's tokens, "
            "or make a new AppSecret."
        ),
    ),
    "40002": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat did not accept the kind of grant (grant_type)."),
        fix=_("This is a fault of the program. Report it with the reference."),
    ),
    "40003": Fault(
        outcome=Outcome.RETRY,
        cause=_("WeChat did not know the openid that it had just given."),
        fix=_("If it goes on, report it to WeChat with its trace id (rid)."),
    ),
    "40013": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat does not know the AppID."),
        fix=_(
            "Compare the AppID with the app's details page. "
            "An Official Account's AppID does not work here."
        ),
    ),
    "40014": Fault(
        outcome=Outcome.RETRY,
        cause=_("WeChat refused the access token that it had just given."),
        fix=_("If it goes on, report it to WeChat with its trace id (rid)."),
    ),
    "40029": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code was wrong, too old, or made for another app."),
        fix=BAD_CODE,
    ),
    "40125": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat does not accept the AppSecret."),
        fix=_("Replace the AppSecret with the present one, or make a new one at WeChat."),
    ),
    "40163": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code had been used already."),
        fix=BAD_CODE,
    ),
    "40164": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The address of this server is not on the app's list of allowed addresses."),
        fix=_("Add the server's address to the list at WeChat."),
    ),
    "40226": Fault(
        outcome=Outcome.POLICY,
        cause=_("WeChat refused this person as a risk."),
        fix=_("Only the person can settle this with WeChat."),
        public=_("WeChat does not let this account sign in."),
    ),
    "40243": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The AppSecret is frozen."),
        fix=_("Unfreeze it at WeChat, or make a new one and replace it here."),
    ),
    "41002": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat received no AppID."),
        fix=_("Enter the AppID and save the connection."),
    ),
    "41004": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat received no AppSecret."),
        fix=_("Replace the AppSecret and save the connection."),
    ),
    "42001": Fault(
        outcome=Outcome.RETRY,
        cause=_("The access token had expired before the profile was read."),
        fix=_("Nothing to do unless it goes on; then check the server's clock."),
    ),
    "42003": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code had expired."),
        fix=_("Nothing to do: the person took too long and can try again."),
    ),
    "45009": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The app's daily quota at WeChat is used up."),
        fix=_("Wait until tomorrow, or ask WeChat for a higher quota."),
    ),
    "45011": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("WeChat limits the calls per minute, and the limit was reached."),
        fix=_("Nothing to do unless it goes on; then ask WeChat for a higher quota."),
    ),
    "48001": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not read people's profiles."),
        fix=_("On the app's details page, 微信登录 must be obtained (已获得)."),
    ),
    "48004": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat has closed this interface for the app."),
        fix=_("See the notices in the Open Platform for the reason."),
    ),
    "50001": Fault(
        outcome=Outcome.RETRY,
        cause=_("The person had not allowed the app to read the profile."),
        fix=_("Nothing to do: the person can try again and allow it."),
    ),
    "50002": Fault(
        outcome=Outcome.POLICY,
        cause=_("WeChat has restricted this person's account."),
        fix=_("Only the person can settle this with WeChat."),
        public=_("WeChat does not let this account sign in."),
    ),
    "snapshot": Fault(
        outcome=Outcome.POLICY,
        cause=_("The page was a snapshot page, for which WeChat invents a person."),
        fix=_("Nothing to do: people are told to use the full service."),
        public=_(
            "This is a preview of the page. Tap “Use full service” (使用完整服务) in WeChat, "
            "then sign in again."
        ),
    ),
    "no_unionid": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat sent no unionid."),
        fix=_(
            "Bind the app to an Open Platform account. For a test account, switch on "
            "“Test account without unionid” under Advanced."
        ),
    ),
    "openid_mismatch": Fault(
        outcome=Outcome.REJECT,
        cause=_("The token and the profile that WeChat sent are of two different people."),
        fix=_("If it goes on, check the proxies between this server and WeChat."),
    ),
    "app_moved": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat knows this person by another unionid than before."),
        fix=_(
            "The app seems to have moved to another Open Platform account. "
            "If it has, enter that account's 原始ID."
        ),
    ),
}
