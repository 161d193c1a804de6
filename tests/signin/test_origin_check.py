"""Where a sign-in may lead: paths on the same host, without losing https."""

from __future__ import annotations

from django.test import RequestFactory

from signin.next_path import LONGEST_NEXT, safe_next
from tests.rows import each_row

HOST = "acme.login.test"
LONGEST = "/" + "a" * (LONGEST_NEXT - 1)


@each_row(
    "scheme, given, used",
    [
        ("http", f"http://{HOST}/orders", "/orders"),
        ("http", f"https://{HOST}/orders", "/orders"),
        ("https", f"https://{HOST}/orders", "/orders"),
        ("https", f"http://{HOST}/orders", ""),
        ("https", "/orders", "/orders"),
        ("https", f"{HOST}/orders", ""),
        ("https", LONGEST, LONGEST),
        ("https", f"{LONGEST}a", ""),
        ("https", f"https://{HOST}//evil.test/", ""),
        ("https", "/a\u2028b", ""),
    ],
)
def test_a_next_is_kept_if_it_is_a_path_of_this_host(scheme: str, given: str, used: str) -> None:
    request = RequestFactory().get("/login", secure=scheme == "https", headers={"host": HOST})

    assert safe_next(request, given) == used
