"""The texts of emails about changes to an operator's account."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

# By the name of allauth's email template.
NOTICES = {
    "mfa/email/totp_activated": gettext_lazy("an authenticator app was added"),
    "mfa/email/totp_deactivated": gettext_lazy("the authenticator app was removed"),
    "mfa/email/webauthn_added": gettext_lazy("a passkey was added"),
    "mfa/email/webauthn_removed": gettext_lazy("a passkey was removed"),
    "mfa/email/recovery_codes_generated": gettext_lazy("new recovery codes were generated"),
    "account/email/password_changed": gettext_lazy("the password was changed"),
    "account/email/password_reset": gettext_lazy("the password was reset by email"),
}
FACTORS_RESET = gettext_lazy("two-step verification was turned off by the portal administrator")
