"""The message of ``make run`` after the start."""

from __future__ import annotations

from dataclasses import dataclass

from portal.devtools.command_errors import CommandFailed


@dataclass(frozen=True)
class Welcome:
    """The URLs and credentials."""

    portal: str
    sign_in_page: str
    website: str
    simulator: str | None
    operator: str
    password: str | None

    @classmethod
    def from_prepared(cls, prepared: dict[str, str | None], *, simulator: str | None) -> Welcome:
        """Create it from the output of ``manage.py prepare``."""
        sign_in, page, website, operator = (
            prepared.get(key) for key in ("sign_in", "sign_in_page", "website", "operator")
        )
        if not sign_in or not page or not website or not operator:
            raise CommandFailed("`manage.py prepare` did not say where to sign in.")
        return cls(sign_in, page, website, simulator, operator, prepared.get("password"))

    def text(self) -> str:
        """Return the URLs, the credentials, and the first steps."""
        simulator = self.simulator or "not started: WeChat's addresses are set by hand"
        password = self.password or (
            f"as before; to choose another: make manage ARGS='changepassword {self.operator}'"
        )
        where = self.simulator or "your WeChat Open Platform account"
        return f"""
Menkou is running. Ctrl-C stops everything.

  Portal        {self.portal}
  Sign-in page  {self.sign_in_page}
  Website       {self.website}
  Simulator     {simulator}

  Sign in with  {self.operator}
  Password      {password}

Try this:

  1. Sign in to the portal: {self.portal}
  2. Select the project Acme.
  3. In the navigation menu: Authentication > Social / Enterprise Login.
  4. Click Add Connection.
  5. Select WeChat Web / 网站应用.
  6. Client ID: the appid, 7. Client Secret: the appsecret, 8. Account ID: the 原始ID.
     All three are shown at {where}
  9. Save.
 10. Open the website, {self.website}, press Sign in, and sign in with WeChat.
     The website greets you by name.
"""
