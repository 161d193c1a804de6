"""The worlds that a run can start with. All values in them are invented."""

from __future__ import annotations

from collections.abc import Callable

from simulator.world import Account, App, AppState, Kind, Person, World


def demo() -> World:
    """Return a website app and a service account, ready to be connected, and five people."""
    store = App(
        appid="wx6ab7ff1a4f68ba04",
        secret="2f1e86c8b0d74d7fb6e14f0c2d9a53e7",  # noqa: S106 - invented, and shown to everybody
        name="Acme 商城",
        name_en="Acme Store",
        callback_domain="acme.localhost",
        open_account="gh_5c1e7d92a0b4",
        lenient_localhost=True,
        description="演示用的网上商店。",
        description_en="A shop for trying things out.",
        website="http://acme.localhost:8000",
    )
    service = App(
        appid="wx8c2d94e1b7a03f56",
        secret="9b4d0e7a51c36f2884ae17d05b93c6f1",  # noqa: S106 - invented, as above
        name="Acme 服务号",
        name_en="Acme Service",
        kind=Kind.SERVICE_ACCOUNT,
        callback_domain="acme.localhost",
        open_account=store.open_account,
        original_id="gh_a83f60c2d17e",
        lenient_localhost=True,
    )
    people = [
        Person("lilei", "李雷😀", "/avatar/lilei"),
        Person("hanmeimei", "韩梅梅", "/avatar/hanmeimei"),
        Person("jose", "José", "/avatar/jose"),
        Person("quiet", ""),
        Person("newcomer", "微信用户", "/avatar/newcomer"),
    ]
    return World("demo", [store, service], people, [Account(store.open_account, "Acme")])


def vectors() -> World:
    """Return the world of the conformance tests."""
    apps = [
        _website("wx0123456789abcdef", "0123456789abcdef" * 2),
        _website("wx1111111111111111", "1" * 32, callback_domain="www.rp.test"),
        _website("wx3333333333333333", "3" * 32, open_account="OA2"),
        _website("wx2222222222222222", "2" * 32, state=AppState.AUDITING, login_granted=False),
        App(
            appid="wx4444444444444444",
            secret="4" * 32,
            name="服务号",
            kind=Kind.SERVICE_ACCOUNT,
            callback_domain="rp.test",
            open_account="OA1",
            original_id="gh_service00001",
            ip_whitelist=("10.9.9.9",),
        ),
    ]
    unionids = {
        "OA1": "oU-li-OA1-000000000000000000",
        "OA2": "oU-li-OA2-000000000000000000",
    }
    people = [
        Person("LI", "李雷😀", "https://sim/avatar/li", unionids),
        Person("JOSE", "José"),
        Person("NONE", ""),
    ]
    return World("vectors", apps, people)


def empty() -> World:
    """Return an empty world, to be filled in the console or by the control API."""
    return World("empty")


WORLDS: dict[str, Callable[[], World]] = {"demo": demo, "vectors": vectors, "empty": empty}


def _website(
    appid: str,
    secret: str,
    *,
    callback_domain: str = "rp.test",
    open_account: str = "OA1",
    state: AppState = AppState.APPROVED,
    login_granted: bool = True,
) -> App:
    return App(
        appid=appid,
        secret=secret,
        name="测试网站",
        name_en="Test site",
        callback_domain=callback_domain,
        open_account=open_account,
        state=state,
        login_granted=login_granted,
    )
