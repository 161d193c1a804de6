"""Alipay (支付宝): sign in by scanning with Alipay, or in its app."""

from __future__ import annotations

import base64
import re
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields import pasted_keys
from connections.fields.common import client_id, text_field, usual
from connections.fields.field import Check, Kind
from connections.providers.definition import Group, callback_under, field_step, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider
from connections.values.claims import IdentityClaims
from connections.values.failures import OAUTH_FAULTS
from connections.values.faults import EXPIRED_TOKEN, REFUSED_TOKEN, WRONG_CODE, misconfigured

CONSOLE = "https://open.alipay.com/develop/manage"
KEY_TOOL = "https://opendocs.alipay.com/common/02kipk"

APPID = re.compile(r"20[0-9]{14}")
# https://opendocs.alipay.com/common/02kkv7
SANDBOX_APPID = re.compile(r"9021[0-9]{12}")
# The BEGIN line without spaces, or the beginning of a private RSA key.
ANY_SECRET = re.compile(
    r"BEGIN(?:RSA)?PRIVATEKEY|MII[A-Za-z0-9+/]{3}IBA(?:DANBgkqhkiG9w0BAQEFAA|AKCAQ)"
)
# RSA2 is RSA with SHA-256 and keys of at least this many bits.
SMALLEST_KEY = 2048


def check_private_key(found: Check, value: str) -> str:
    """Return the key as PKCS#8, in whatever form it was pasted; raises ValidationError."""
    key = pasted_keys.parse_private_key(value)
    check_size(key, rsa.RSAPrivateKey)
    return pasted_keys.private_key_pem(key)


def check_public_key(found: Check, value: str) -> str:
    """Return the key as Alipay shows it; raises ValidationError, also if it is the app's own."""
    key = pasted_keys.parse_public_key(value)
    check_size(key, rsa.RSAPublicKey)
    private = found.values.get("client_secret")
    if private and pasted_keys.parse_private_key(private).public_key() == key:
        raise ValidationError(
            _(
                "This is the 应用公钥, the public half of your own key. The 支付宝公钥 is "
                "another one, which Alipay shows after you have entered yours."
            ),
            code="known_mistake",
        )
    return in_one_line(key)


def check_size(key: Any, kind: type[Any]) -> None:
    """Raise ValidationError unless the key is suitable for RSA2."""
    if not isinstance(key, kind):
        raise ValidationError(
            _("This is not an RSA key. Choose RSA2 in the key tool."), code="known_mistake"
        )
    if key.key_size < SMALLEST_KEY:
        raise ValidationError(
            _(
                "This key has %(bits)d bits. RSA2 needs 2048 bits. Create a new key in the "
                "key tool."
            ),
            code="known_mistake",
            params={"bits": key.key_size},
        )


def in_one_line(key: Any) -> str:
    """Return a public key as Alipay's console shows it."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


FIELDS = (
    client_id(
        _("Client ID (APPID)"),
        _("16 digits that begin with 20; not the PID."),
        mistakes={
            r"2088[0-9]{12}": _(
                "This is a PID (2088…), the number of a merchant. Copy the APPID of the app."
            )
        },
        doubts={
            SANDBOX_APPID: _(
                "This is the APPID of a sandbox (沙箱). Real users cannot sign in with it."
            )
        },
        shape=usual(rf"{APPID.pattern}|{SANDBOX_APPID.pattern}"),
    ),
    text_field(
        "client_secret",
        _("App private key (应用私钥)"),
        _("As the key tool shows it: with or without its BEGIN and END lines, PKCS#1 or PKCS#8."),
        kind=Kind.SECRET_LINES,
        max_length=8000,
        stray=ANY_SECRET,
        mistakes={APPID: _("This is an APPID. Enter the 应用私钥 from the key tool.")},
        check=check_private_key,
    ),
    text_field(
        "alipay_public_key",
        _("Alipay public key (支付宝公钥)"),
        _("Alipay signs its answers with the other half of this key."),
        max_length=3000,
        check=check_public_key,
    ),
)

GUIDE = (
    step(
        _("Create a 网页应用 at Alipay"),
        _(
            "In the console of 支付宝开放平台, create a 网页/移动应用 and choose 网页应用. "
            "Alipay admits companies and sole traders with a business licence."
        ),
        _(
            "Under 产品绑定, add 获取会员信息 to the app. After the next steps, submit the app: "
            "users can sign in when it is 已上线."
        ),
        links=((_("Open Alipay's console"), CONSOLE),),
    ),
    field_step("client_id", _("At the top of the app's page, below its name.")),
    field_step(
        "client_secret",
        _(
            "Create the two keys with 支付宝开放平台密钥工具, with RSA2 and PKCS8. Paste the "
            "应用私钥 here and keep it secret."
        ),
        _(
            "On the app's page, under 开发设置, open 接口加签方式, choose 密钥 and not 证书, "
            "and enter the 应用公钥 there."
        ),
        title=_("Create a key pair"),
        links=((_("Get the key tool"), KEY_TOOL),),
    ),
    field_step(
        "alipay_public_key",
        _(
            "When the 应用公钥 is saved, Alipay shows its own key, the 支付宝公钥, under 查看 "
            "beside 接口加签方式. Copy that one: Alipay's answers are verified with it."
        ),
    ),
    callback_under(
        "开发设置 > 授权回调地址", _("Alipay sends users back only to the host of this address.")
    ),
)

NO_KEY = misconfigured(
    _("Alipay has no 应用公钥 for the app."),
    _("Enter it under 开发设置, 接口加签方式; choose 密钥 and not 证书."),
)
# https://opendocs.alipay.com/common/02km9f
FAULTS = {
    "isv.code-invalid": WRONG_CODE,
    "isv.invalid-app-id": misconfigured(
        _("Alipay does not recognize the APPID, or the app is not 已上线."),
        _("Check the APPID in the console. A sandbox app does not work here."),
    ),
    "isv.invalid-signature": misconfigured(
        _("Our signature does not match the 应用公钥 that Alipay has."),
        _("Enter the 应用公钥 of this 应用私钥 under 接口加签方式, or create a new key pair."),
    ),
    "isv.missing-signature-key": NO_KEY,
    "isv.missing-signature-config": NO_KEY,
    "isv.insufficient-isv-permissions": misconfigured(
        _("The app is not allowed to read user profiles."),
        _("Add 获取会员信息 under 产品绑定, and wait until the app is 已上线."),
    ),
    "isv.insufficient-user-permissions": OAUTH_FAULTS["consent_required"],
    "aop.invalid-auth-token": REFUSED_TOKEN,
    "aop.auth-token-time-out": EXPIRED_TOKEN,
    "isp.unknow-error": OAUTH_FAULTS["server_error"],
    "aop.unknow-error": OAUTH_FAULTS["server_error"],
    "signature": misconfigured(
        _("The answer was not signed with the key whose public half is the 支付宝公钥 here."),
        _("Copy the 支付宝公钥 again; it is neither the 应用公钥 nor that of another app."),
    ),
}

PROVIDER = social_provider(
    "alipay",
    _("Alipay"),
    FIELDS,
    GUIDE,
    authorize="https://openauth.alipay.com/oauth2/publicAppAuthorize.htm",
    tokens="https://openapi.alipay.com/gateway.do",
    protocol="connections.protocols.alipay.AlipayProtocol",
    scopes=("auth_user",),
    # Old apps get the user_id, new ones the open_id, and both for a while during a migration, so
    # that users who sign in during that time keep their accounts.
    # https://opendocs.alipay.com/mini/0ai2i6
    claims=Account(subject="user_id", app_id="open_id"),
    known_by="`user_id`, and (APPID, `open_id`)",
    identity_claims=IdentityClaims(
        subject=("user_id",), key="open_id", settings={"app_id": "client_id"}
    ),
    name=_("Alipay / 支付宝"),
    summary=_("Users scan a QR code with Alipay, or agree in its app."),
    group=Group.CHINA,
    search_words=("zfb", "alipay", "zhifubao", "支付宝", "蚂蚁", "ant"),
    documentation="https://opendocs.alipay.com/open/284/web",
    code_parameter="auth_code",
    button_labels={"zh-hans": "支付宝登录"},
    callback_label=_("Callback address (授权回调地址)"),
    faults=FAULTS,
    unknown_code_causes=frozenset({"isv.code-invalid"}),
    picture_hosts=("tfs.alipayobjects.com", "mdn.alipayobjects.com", "tfsimg.alipay.com"),
)
