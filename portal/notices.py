"""What an operator is told by e-mail after a change to how they sign in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

# By the name of the letter that django-allauth would send.
NOTICES = {
    "mfa/email/totp_activated": gettext_lazy("an authenticator app was set up"),
    "mfa/email/totp_deactivated": gettext_lazy("the authenticator app was removed"),
    "mfa/email/webauthn_added": gettext_lazy("a passkey was added"),
    "mfa/email/webauthn_removed": gettext_lazy("a passkey was removed"),
    "mfa/email/recovery_codes_generated": gettext_lazy("new recovery codes were made"),
    "account/email/password_changed": gettext_lazy("the password was changed"),
    "account/email/password_reset": gettext_lazy("the password was reset by e-mail"),
}
FACTORS_RESET = gettext_lazy("all second factors were removed by whoever runs the portal")
