"""授权回调域: the values that the console accepts."""

from __future__ import annotations

import re
from ipaddress import ip_address

from simulator.texts import Both

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

MISSING = Both("请填写授权回调域。", "Enter the callback domain.")
SCHEME = Both(
    "只填域名，不要带 http:// 或 https://。", "Only the domain, without http:// or https://."
)
PATH = Both("只填域名，不要带路径或参数。", "Only the domain, without a path or query.")
PORT = Both(
    "域名不能带端口。微信只回调 80 与 443 端口。",
    "The domain has no port. WeChat calls back on ports 80 and 443 only.",
)
WILDCARD = Both(
    "不支持通配符。只有与此完全一致的域名会被回调，子域名不会。",
    "No wildcards. Exactly this domain is called back, and none of its subdomains.",
)
SEVERAL = Both("只能填写一个域名。", "One domain only.")
ADDRESS = Both("不能填写 IP 地址。", "An IP address is not possible.")
LOCAL = Both(
    "微信不接受 localhost。仅在本机试用时，请勾选下面的宽松选项。",
    "WeChat does not take localhost. To try things on this machine, tick the lenient option below.",
)
SHAPE = Both(
    "这不是域名。请填写如 login.example.com 的域名。",
    "This is not a domain. Enter one such as login.example.com.",
)


def clean_domain(text: str) -> str:
    """Return the domain without surrounding blanks, in lower case, and with IDN as punycode."""
    domain = text.strip().lower()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def find_problem(domain: str, *, lenient: bool) -> Both | None:
    """Return why a domain cannot be the 授权回调域, or None."""
    if not domain:
        return MISSING
    for is_wrong, problem in (
        ("//" in domain, SCHEME),
        (re.search(r"[,;，；、\s]", domain) is not None, SEVERAL),
        (not {*"/?#"}.isdisjoint(domain), PATH),
        ("*" in domain, WILDCARD),
    ):
        if is_wrong:
            return problem
    if _is_address(domain):
        return ADDRESS
    if ":" in domain:
        return PORT
    if is_local(domain):
        return None if lenient else LOCAL
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > 253 or not all(map(LABEL.fullmatch, labels)):
        return SHAPE
    return None


def is_local(host: str) -> bool:
    """Whether the name is localhost or below it."""
    return host == "localhost" or host.endswith(".localhost")


def _is_address(domain: str) -> bool:
    host = domain.rpartition(":")[0] if re.fullmatch(r"[\d.]+:\d+", domain) else domain
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        # Browsers treat a name that ends in a number as an IP address.
        return host.rpartition(".")[2].isdigit()
    return True
