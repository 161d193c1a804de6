from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from connections.fields.pasted_keys import private_key_pem
from connections.providers.alipay import in_one_line
from tests.connections.servers import Peer
from tests.samples.demands import Demand, names
from tests.samples.sample import Person, Refusal, Sample, Script

APP_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALIPAY_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
APPID = "2021000122671080"
OPEN_ID = "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"

TOKEN = {
    "access_token": "authbseB21ac0a6a8a8f4c3bb0b1b5aa0f8b6A00",
    "auth_start": "2026-01-02 03:04:05",
    "expires_in": 1296000,
    "open_id": OPEN_ID,
    "re_expires_in": 2592000,
    "refresh_token": "authbseB4c8d5a9f8f4c3bb0b1b5aa0f8b6X00",
}
PROFILE = {
    "code": "10000",
    "msg": "Success",
    "avatar": "https://tfs.alipayobjects.com/images/partner/T1x",
    "nick_name": "李雷",
    "open_id": OPEN_ID,
}

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "alipay.system.oauth.token": ("alipay_system_oauth_token_response", TOKEN),
    "alipay.user.info.share": ("alipay_user_info_share_response", PROFILE),
}


def as_shown(script: Script, name: str, content: dict[str, Any]) -> Any:
    """The envelope with a content in which a test may have replaced what is only shown."""
    if script.shown is None:
        return signed(name, content)
    return sealed(name, script.written(script.spoiled(content)))


def sealed(name: str, letters: bytes, key: rsa.RSAPrivateKey = ALIPAY_KEY) -> bytes:
    """An envelope whose content is written in these very bytes."""
    seal = signature(letters, key).encode()
    return b'{"%b":%b,"sign":"%b"}' % (name.encode(), letters, seal)


def in_gbk(name: str, content: dict[str, Any], key: rsa.RSAPrivateKey = ALIPAY_KEY) -> bytes:
    """An envelope as the gateway writes it where it was not told another charset."""
    return sealed(name, json.dumps(content, ensure_ascii=False).encode("gbk"), key)


def signed(name: str, content: dict[str, Any], key: rsa.RSAPrivateKey = ALIPAY_KEY) -> Any:
    """An envelope as Alipay seals it: the signature is over the very letters of the content."""
    return {name: content, "sign": signature(json.dumps(content).encode(), key)}


def signature(letters: bytes, key: rsa.RSAPrivateKey = ALIPAY_KEY) -> str:
    """Alipay's signature of a content as it is written."""
    return base64.b64encode(key.sign(letters, PKCS1v15(), SHA256())).decode()


def gateway(script: Script, peer: Peer) -> Any:
    """The one address of all methods. It reads the public parameters in the query alone."""
    name, content = CALLS[peer.query["method"]]
    charset = peer.query.get("charset", "GBK")
    script.content_type["/gateway.do"] = f"text/html;charset={charset}"
    if charset != "utf-8":
        return in_gbk(name, content)
    return as_shown(script, name, content)


# As DefaultAlipayClient of alipay-sdk-python-all asks.
PUBLIC = names("app_id", "method", "format", "charset", "sign_type", "sign", "timestamp", "version")
LABEL = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}


def demanded(peer: Peer) -> Demand:
    """The public parameters and the token in the query, those of the method in the body."""
    if peer.query.get("method") == "alipay.user.info.share":
        return Demand(method="POST", query=PUBLIC | {"auth_token"}, headers=LABEL)
    return Demand(method="POST", query=PUBLIC, form=names("grant_type", "code"), headers=LABEL)


SAMPLE = Sample(
    filled_in={
        "client_id": APPID,
        "client_secret": private_key_pem(APP_KEY),
        "alipay_public_key": in_one_line(ALIPAY_KEY.public_key()),
    },
    answers={"/gateway.do": gateway},
    person=Person(
        namespace=f"alipay-app:{APPID}",
        subject=OPEN_ID,
        name="李雷",
        picture="https://tfs.alipayobjects.com/images/partner/T1x",
        keys=((f"alipay-app:{APPID}", OPEN_ID),),
    ),
    subject_at=("/gateway.do", "alipay_system_oauth_token_response", "open_id"),
    refusal=Refusal(
        path="/gateway.do",
        answer={
            "error_response": {
                "code": "40002",
                "msg": "Invalid Arguments",
                "sub_code": "isv.invalid-app-id",
                "sub_msg": "无效的AppID参数",
            },
            "sign": "",
        },
        cause="isv.invalid-app-id",
    ),
    refused_code={
        "error_response": {
            "code": "40002",
            "msg": "Invalid Arguments",
            "sub_code": "isv.code-invalid",
            "sub_msg": "授权码code无效",
        },
        "sign": "",
    },
    refused_code_status="200 OK",
    returns={
        "app_id": APPID,
        "source": "alipay_wallet",
        "scope": "auth_user",
        "auth_code": "ca34ea491e7146cc87d25fca24c4cD11",
    },
    # Alipay's documentation names no parameter for it: a state and nothing else.
    cancels={},
    # Alipay's documentation knows no PKCE.
    pkce=False,
    demands={
        "/gateway.do": demanded,
    },
)
