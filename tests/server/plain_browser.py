"""A browser before a server in production that has no proxy: it plays the proxy, too."""

from __future__ import annotations

import re
from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

import requests

from tests.cast import PASSWORD
from tests.server.installation import ACME, OPERATOR, PORTAL
from tests.wechat import WeChat


class PlainBrowser:
    """Keeps the cookies of each host, which `requests` would not send without TLS."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def ask(self, method: str, host: str, path: str, **form: str) -> requests.Response:
        """Send a request as the proxy passes it on; follow no redirect."""
        cookies = self.cookies[host]
        answer = requests.request(
            method,
            f"http://{self.address}{path}",
            data=form,
            headers={
                "host": host,
                "origin": f"https://{host}",
                "x-forwarded-proto": "https",
                "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            },
            allow_redirects=False,
            timeout=30,
        )
        cookies.update(answer.cookies.get_dict())
        return answer

    def send(self, path: str, **form: str) -> requests.Response:
        """Send the form that stands on a page of the portal."""
        page = self.ask("GET", PORTAL, path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text
        answer = self.ask("POST", PORTAL, path, csrfmiddlewaretoken=token[1], **form)
        assert answer.status_code == 302, answer.text
        return answer

    def add_connection(self, wechat: WeChat) -> str:
        """Sign the operator in and give the project Acme a connection; return its AppID."""
        self.send("/login", login=OPERATOR, password=PASSWORD)
        self.send("/projects/create/", name="Acme", slug="acme")
        app = wechat.ask("apps")["apps"][0]
        self.send(
            "/projects/acme/connections/add/wechat_web/",
            client_id=app["appid"],
            client_secret=app["secret"],
            account_id=app["open_account"],
            alias="wechat_web",
            enabled="on",
            accept_warnings="client_id.twice",
        )
        return str(app["appid"])

    def sign_in(self, wechat: WeChat, *, appid: str, person: str = "lilei") -> requests.Response:
        """Sign somebody in to Acme; return where the callback leads."""
        began = self.ask("POST", ACME, "/sso/wechat_web/start")
        assert began.status_code == 302, began.text
        state = parse_qs(urlsplit(began.headers["location"]).query)["state"][0]
        code = wechat.code(person, appid=appid)
        return self.ask("GET", ACME, f"/sso/oauth2/callback/wechat_web?code={code}&state={state}")
