"""What people call a browser, from the User-Agent that it sent. For showing, never a permission."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Name = str | Promise

# The first one counts whose word the User-Agent contains. Apps also name the browser inside them,
# and most browsers name those that they want to be taken for, so these come later.
BROWSERS: tuple[tuple[str, Name], ...] = (
    ("wxwork", gettext_lazy("WeCom")),
    ("micromessenger", gettext_lazy("WeChat")),
    # WeChat for Android names itself where the stored text has been cut off.
    ("mmwebsdk", gettext_lazy("WeChat")),
    ("dingtalk", gettext_lazy("DingTalk")),
    ("feishu", gettext_lazy("Feishu")),
    ("lark", "Lark"),
    ("alipayclient", gettext_lazy("Alipay")),
    ("qqbrowser", gettext_lazy("QQ Browser")),
    (" qq/", "QQ"),
    ("ucbrowser", gettext_lazy("UC Browser")),
    ("quark", gettext_lazy("Quark")),
    ("huaweibrowser", gettext_lazy("HUAWEI Browser")),
    ("miuibrowser", gettext_lazy("Mi Browser")),
    ("samsungbrowser", "Samsung Internet"),
    ("edg/", "Edge"),
    ("edga/", "Edge"),
    ("edgios/", "Edge"),
    ("opr/", "Opera"),
    ("firefox/", "Firefox"),
    ("fxios/", "Firefox"),
    ("chrome/", "Chrome"),
    ("crios/", "Chrome"),
    ("safari/", "Safari"),
)
SYSTEMS: tuple[tuple[str, Name], ...] = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("harmony", "HarmonyOS"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("macintosh", "Mac"),
    ("; cros ", "ChromeOS"),
    ("linux", "Linux"),
)


def describe_browser(user_agent: str) -> str:
    """Return words such as "Chrome on Windows", in the current language."""
    sent = user_agent.lower()
    browser, system = find_name(BROWSERS, sent), find_name(SYSTEMS, sent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")


def find_name(names: Sequence[tuple[str, Name]], sent: str) -> str:
    """Return the name of the first word that was sent, or ""."""
    return next((str(name) for word, name in names if word in sent), "")
