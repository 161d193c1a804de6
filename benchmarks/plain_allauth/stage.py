"""Sites with their apps: ``python -m benchmarks.plain_allauth.stage --new 1 50 --more 10000``."""

from __future__ import annotations

import os
import sys

import django

from benchmarks.scratch import create_tables
from benchmarks.stage import asked, more_names


def make_site(name: str, number: int) -> None:
    """A site whose sign-in page shows so many providers, WeChat first."""
    from allauth.socialaccount.models import SocialApp
    from django.contrib.sites.models import Site

    site = Site.objects.create(domain=f"{name}.plain.test", name=name)
    apps = SocialApp.objects.bulk_create(app(index) for index in range(number))
    for each in apps:
        each.sites.add(site)


def app(index: int) -> object:
    """WeChat, or one of many OpenID Connect providers."""
    from allauth.socialaccount.models import SocialApp

    if index == 0:
        return SocialApp(
            provider="weixin", name="WeChat", client_id="wx0123456789abcdef", secret="0123" * 8
        )
    return SocialApp(
        provider="openid_connect",
        provider_id=f"oidc{index}",
        name=f"Provider {index}",
        client_id=f"client-{index}",
        secret="0123" * 8,
        settings={"server_url": f"https://login{index}.example.com"},
    )


def make_more(number: int, each: int) -> None:
    """Many sites more, each with as many apps of its own."""
    from allauth.socialaccount.models import SocialApp
    from django.contrib.sites.models import Site

    names = more_names(number)
    sites = Site.objects.bulk_create(Site(domain=f"{n}.plain.test", name=n) for n in names)
    apps = SocialApp.objects.bulk_create(
        (app(index) for _ in sites for index in range(each)), batch_size=5000
    )
    of_sites = (site for site in sites for _ in range(each))
    through = SocialApp.sites.through
    through.objects.bulk_create(
        (through(socialapp=made, site=site) for made, site in zip(apps, of_sites, strict=True)),
        batch_size=5000,
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.plain_allauth.settings")
    django.setup()
    given = asked(sys.argv[1:])
    if given.new:
        create_tables()
    for count in given.connections:
        make_site(f"c{count}", count)
    make_more(given.more, each=10)
