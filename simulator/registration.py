"""创建网站应用: the fields of the form, and the values that they accept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from django.core.files.uploadedfile import UploadedFile

from simulator import domains, icons
from simulator.texts import Both
from simulator.world import App

Upload: TypeAlias = "UploadedFile[Any]"

LONGEST = 200
NO_HELP = Both("", "")
MISSING = Both("请填写此项。", "This is needed.")
TOO_LONG = Both(f"最多 {LONGEST} 个字符。", f"{LONGEST} characters at most.")
NOT_A_SITE = Both(
    "请填写以 http:// 或 https:// 开头的网址。",
    "Enter an address that begins with http:// or https://.",
)
DRAWN = Both(
    "PNG，不超过 300 KB。微信要求上传；这里留空则用名称首字代替。",
    "PNG of at most 300 KB. WeChat insists on it; here the first character of the name will do.",
)


@dataclass(frozen=True)
class Field:
    """A field of the form. Its name is the app's attribute."""

    name: str
    label: Both
    help: Both = NO_HELP
    kind: str = "text"
    needed: bool = False


FIELDS = (
    Field(
        "name",
        Both("网站应用名称", "Web app name"),
        Both("用户登录时看到的名称。", "What people read when they sign in."),
        needed=True,
    ),
    Field(
        "name_en",
        Both("英文名称", "Web app name in English"),
        Both("微信界面为英文的用户看到的名称。", "What people whose WeChat speaks English read."),
    ),
    Field(
        "description",
        Both("网站应用简介", "Web app description"),
        Both("供审核员了解应用。", "For the reviewer."),
        kind="area",
        needed=True,
    ),
    Field("description_en", Both("英文简介", "Description in English"), kind="area"),
    Field(
        "website",
        Both("应用官网", "Official website"),
        Both("能打开，且内容与简介相符。", "It opens, and shows what the description says."),
        kind="url",
        needed=True,
    ),
    Field("icon_small", Both("应用图片 28×28", "App icon 28×28"), DRAWN, kind="icon"),
    Field("icon_large", Both("应用图片 108×108", "App icon 108×108"), DRAWN, kind="icon"),
    Field(
        "registration_form",
        Both("网站信息登记表扫描件", "Scan of the website registration form"),
        Both(
            "微信要求签字盖章的扫描件。这里只记录文件名，不保存内容。",
            "WeChat wants it signed and stamped. Here only the name of the file is kept.",
        ),
        kind="file",
    ),
    Field(
        "callback_domain",
        Both("授权回调域", "Authorized callback domain"),
        Both(
            "只填域名，不带协议、路径与端口，例如 login.example.com。",
            "The bare domain, without scheme, path and port, such as login.example.com.",
        ),
        needed=True,
    ),
)
ICON_WIDTHS = {"icon_small": icons.SMALL, "icon_large": icons.LARGE}


@dataclass
class FilledForm:
    """The entered values and their errors."""

    values: dict[str, str] = field(default_factory=dict)
    lenient: bool = False
    errors: dict[str, Both] = field(default_factory=dict)

    def lines(self) -> Iterator[tuple[Field, str, Both | None]]:
        """Return each field with its value and its error, in the order of the form."""
        for line in FIELDS:
            yield line, self.values.get(line.name, ""), self.errors.get(line.name)

    def put_into(self, app: App) -> None:
        """Set the values on the app."""
        for name, value in self.values.items():
            setattr(app, name, value)
        app.lenient_localhost = self.lenient


def start_form(app: App | None = None) -> FilledForm:
    """Return an empty form, or one with an app's values."""
    if app is None:
        return FilledForm()
    return FilledForm({f.name: getattr(app, f.name) for f in FIELDS}, app.lenient_localhost)


def parse_form(
    typed: Mapping[str, str],
    files: Mapping[str, Upload],
    *,
    before: App | None,
    is_draft: bool,
) -> FilledForm:
    """Return the submitted form. A draft needs only a name. Pictures are kept unless replaced."""
    filled = start_form(before)
    filled.lenient = "lenient" in typed
    for line in FIELDS:
        if line.kind in ("icon", "file"):
            _take_file(filled, line, files.get(line.name))
        else:
            filled.values[line.name] = typed.get(line.name, "").strip()
    filled.values["callback_domain"] = domains.clean_domain(filled.values["callback_domain"])
    for line in FIELDS:
        problem = _problem(line, filled, is_draft=is_draft)
        if problem is not None:
            filled.errors.setdefault(line.name, problem)
    return filled


def _take_file(filled: FilledForm, line: Field, sent: Upload | None) -> None:
    if sent is None:
        return
    if line.kind == "file":
        filled.values[line.name] = (sent.name or "")[:LONGEST]
        return
    picture = sent.read(icons.LIMIT_BYTES + 1)
    problem = icons.find_problem(picture, ICON_WIDTHS[line.name])
    if problem is None:
        filled.values[line.name] = icons.as_text(picture)
    else:
        filled.errors[line.name] = problem


def _problem(line: Field, filled: FilledForm, *, is_draft: bool) -> Both | None:
    value = filled.values.get(line.name, "")
    if not value:
        is_needed = line.name == "name" if is_draft else line.needed
        return MISSING if is_needed else None
    if line.kind in ("text", "area", "url") and len(value) > LONGEST:
        return TOO_LONG
    if line.kind == "url" and not _is_site(value):
        return NOT_A_SITE
    if line.name == "callback_domain":
        return domains.find_problem(value, lenient=filled.lenient)
    return None


def _is_site(address: str) -> bool:
    try:
        url = urlsplit(address)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.hostname)
