"""Alipay (支付宝): sign in by scanning with Alipay, or in its app.

https://opendocs.alipay.com/open/284/web
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections import pasted_keys
from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretTextField, mixed_up
from connections.models import Outcome
from connections.pictures import safe_picture
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
)
from connections.signin.people import name_of

DOCUMENTATION = "https://opendocs.alipay.com/open/284/web"
CONSOLE = "https://open.alipay.com/develop/manage"
KEY_TOOL = "https://opendocs.alipay.com/common/02kipk"

APPID = re.compile(r"20[0-9]{14}")
# https://opendocs.alipay.com/common/02kkv7
SANDBOX_APPID = re.compile(r"9021[0-9]{12}")
PID = re.compile(r"2088[0-9]{12}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")
# The lines around a key without their spaces, or how a private RSA key begins.
ANY_SECRET = re.compile(
    r"BEGIN(?:RSA)?PRIVATEKEY|MII[A-Za-z0-9+/]{3}IBA(?:DANBgkqhkiG9w0BAQEFAA|AKCAQ)"
)
# RSA2 is RSA of at least so many bits, with SHA-256.
SMALLEST_KEY = 2048

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Alipay gave you.")


class AlipayForm(ConnectionForm):
    """What Alipay's open platform shows, and the key that the app signs with."""

    secret_shape = ANY_SECRET
    secret_label = _("App private key (应用私钥)")

    client_id = PastedField(
        label=_("Client ID (APPID)"),
        help_text=_("16 digits that begin with 20, on the app's page; not the PID."),
    )
    client_secret = SecretTextField(
        label=_("App private key (应用私钥)"),
        help_text=_(
            "As the key tool shows it: with or without its BEGIN and END lines, PKCS#1 or PKCS#8."
        ),
    )
    alipay_public_key = PastedField(
        label=_("Alipay public key (支付宝公钥)"),
        help_text=_("From 查看 beside 接口加签方式. Alipay signs its answers with its other half."),
        max_length=3000,
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (
                    PID,
                    _(
                        "This is a PID (2088…), the number of a merchant. Copy the "
                        "APPID of the app."
                    ),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if SANDBOX_APPID.fullmatch(value):
            self.warn(
                "client_id",
                "sandbox",
                _("This is the APPID of a sandbox (沙箱). Real people cannot sign in by it."),
            )
        elif not APPID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("An APPID usually has 16 digits and begins with 20. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value.strip(),
            ((APPID, _("This is an APPID. Enter the 应用私钥 from the key tool.")),),
        )
        key = pasted_keys.private_key(value)
        self.check_size(key, rsa.RSAPrivateKey)
        return pasted_keys.as_text(key)

    def clean_alipay_public_key(self) -> str:
        key = pasted_keys.public_key(self.cleaned_data["alipay_public_key"])
        self.check_size(key, rsa.RSAPublicKey)
        return in_one_line(key)

    def check_size(self, key: Any, kind: type[Any]) -> None:
        """Raise ValidationError unless RSA2 can use the key."""
        if not isinstance(key, kind):
            raise ValidationError(
                _("This is not an RSA key. Choose RSA2 in the key tool."), code="mixed_up"
            )
        if key.key_size < SMALLEST_KEY:
            raise ValidationError(
                _("This key has %(bits)d bits. RSA2 needs one of 2048; make one in the key tool."),
                code="mixed_up",
                params={"bits": key.key_size},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        private, public = cleaned.get("client_secret"), cleaned.get("alipay_public_key")
        if (
            private
            and public
            and in_one_line(pasted_keys.private_key(private).public_key()) == public
        ):
            self.add_error(
                "alipay_public_key",
                ValidationError(
                    _(
                        "This is the 应用公钥, the public half of your own key. The 支付宝公钥 is "
                        "another one, which Alipay shows after you have entered yours."
                    ),
                    code="mixed_up",
                ),
            )
        return cleaned


def in_one_line(key: Any) -> str:
    """Return a public key as Alipay's console shows it."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


GUIDE = (
    Step(
        title=_("Create a 网页应用 at Alipay"),
        body=(
            _(
                "In the console of 支付宝开放平台, create a 网页/移动应用 and choose 网页应用. "
                "Alipay admits companies and sole traders with a business licence."
            ),
            _(
                "Under 产品绑定, add 获取会员信息 to the app. After the next steps, submit the "
                "app: people can sign in when it is 已上线."
            ),
        ),
        links=((_("Open Alipay's console"), CONSOLE),),
    ),
    Step(
        title=_("Copy the APPID"),
        body=(_("It stands at the top of the app's page, below its name."),),
        field="client_id",
    ),
    Step(
        title=_("Make a key pair"),
        body=(
            _(
                "Make the two keys with 支付宝开放平台密钥工具, with RSA2 and PKCS8. Paste the "
                "应用私钥 here and give it to nobody else."
            ),
            _(
                "On the app's page, under 开发设置, open 接口加签方式, choose 密钥 and not 证书, "
                "and enter the 应用公钥 there."
            ),
        ),
        field="client_secret",
        links=((_("Get the key tool"), KEY_TOOL),),
    ),
    Step(
        title=_("Copy the 支付宝公钥"),
        body=(
            _(
                "When the 应用公钥 is saved, Alipay shows its own key, the 支付宝公钥. Copy that "
                "one. With it each answer is checked."
            ),
        ),
        field="alipay_public_key",
    ),
    Step(
        title=_("Tell Alipay where people come back to"),
        body=(
            _(
                "Under 开发设置, enter the address from the card “Copy to the provider” as "
                "授权回调地址."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Callback address (授权回调地址)"),
        help=_("Alipay does not send people back to another host than that of this address."),
        value=lambda site: site.callback_url,
    ),
)

# https://opendocs.alipay.com/common/02km9f
SIGN_IN_AGAIN = _("Nothing to do: the person can begin again.")
ASK_ALIPAY = _("Nothing to do unless it goes on; then ask the provider.")
NO_KEY = Fault(
    outcome=Outcome.CONFIG,
    cause=_("Alipay has no 应用公钥 of the app."),
    fix=_("Enter it under 开发设置, 接口加签方式; choose 密钥 and not 证书."),
)
FAULTS = {
    "isv.code-invalid": Fault(
        outcome=Outcome.RETRY,
        cause=_("The auth_code was used, too old, or of another app."),
        fix=_("Nothing to do unless it goes on; then compare the APPID with the console."),
    ),
    "isv.invalid-app-id": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Alipay does not know the APPID, or the app is not 已上线."),
        fix=_("Compare the APPID with the console. An app of the sandbox does not work here."),
    ),
    "isv.invalid-signature": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Our signature does not fit the 应用公钥 that Alipay has."),
        fix=_("Enter the 应用公钥 that belongs to the 应用私钥 under 接口加签方式, or both anew."),
    ),
    "isv.missing-signature-key": NO_KEY,
    "isv.missing-signature-config": NO_KEY,
    "isv.insufficient-isv-permissions": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not ask who people are."),
        fix=_("Add 获取会员信息 under 产品绑定, and wait until the app is 已上线."),
    ),
    "isv.insufficient-user-permissions": Fault(
        outcome=Outcome.RETRY,
        cause=_("The person had not allowed the app to know who it is."),
        fix=_("Nothing to do: the person can try again and allow it."),
    ),
    "aop.invalid-auth-token": Fault(
        outcome=Outcome.RETRY,
        cause=_("Alipay did not take the token that it had just given."),
        fix=SIGN_IN_AGAIN,
    ),
    "aop.auth-token-time-out": Fault(
        outcome=Outcome.RETRY,
        cause=_("The token had expired before the profile was read."),
        fix=SIGN_IN_AGAIN,
    ),
    "isp.unknow-error": Fault(
        outcome=Outcome.TEMPORARY, cause=_("Alipay had trouble of its own."), fix=ASK_ALIPAY
    ),
    "aop.unknow-error": Fault(
        outcome=Outcome.TEMPORARY, cause=_("Alipay had trouble of its own."), fix=ASK_ALIPAY
    ),
    "signature": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The answer was not signed with the key whose public half is the 支付宝公钥 here."),
        fix=_("Copy the 支付宝公钥 again; it is neither the 应用公钥 nor that of another app."),
    ),
}

PICTURE_HOSTS = ("tfs.alipayobjects.com", "mdn.alipayobjects.com", "tfsimg.alipay.com")


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person: by the user_id of old apps, and by the open_id that new ones have.

    An app that is moved from one to the other gets both for a while; the open_id is kept beside
    the user_id, so that everybody who signs in meanwhile stays known.

    https://opendocs.alipay.com/mini/0ai2i6
    """
    app = (f"alipay-app:{settings['client_id']}", answer["open_id"])
    return Claims(
        namespace=namespace,
        subject=answer["user_id"],
        keys=(app,) if answer["open_id"] else (),
        name=name_of(answer, ("name",), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
    )


PROVIDER = Definition(
    id="alipay",
    name=_("Alipay / 支付宝"),
    brand=_("Alipay"),
    summary=_("People scan a QR code with Alipay, or agree in its app."),
    group=Group.CHINA,
    search_words=("alipay", "zhifubao", "支付宝", "蚂蚁", "ant"),
    documentation=DOCUMENTATION,
    form=AlipayForm,
    endpoints={
        "authorize": Endpoint("/oauth2/publicAppAuthorize.htm", base="https://openauth.alipay.com"),
        "token": Endpoint("/gateway.do", base="https://openapi.alipay.com"),
    },
    scopes=("auth_user",),
    login="connections.signin.alipay.AlipayAdapter",
    claims=read,
    known_by="`user_id`, and (APPID, `open_id`)",
    namespace=lambda settings: "alipay",
    code_parameter="auth_code",
    button_labels={"en": "Sign in with Alipay", "zh-hans": "支付宝登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"isv.code-invalid"}),
    picture_hosts=PICTURE_HOSTS,
)
