from __future__ import annotations

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "connections"

    def ready(self) -> None:
        from connections import checks, events  # noqa: F401 - `checks` registers system checks
        from connections.drafts.sealed import DRAFT_SECRETS, REVISION_SECRETS
        from connections.drafts.typed_secrets import TYPED_SECRETS
        from connections.protocols.oidc.discovery_cache import CHANNEL, discovery_cache
        from connections.secrets import STORED_SECRETS
        from core.keyring import sealed_rows
        from core.postgresql.listener import Subscription
        from projects.audit.kinds import register
        from projects.tenants.hosts import hosts

        register(*events.KINDS)
        sealed_rows.register(STORED_SECRETS, DRAFT_SECRETS, REVISION_SECRETS, TYPED_SECRETS)
        discovery_cache.hears_changes = hosts.hears_changes
        hosts.listener.subscribe(
            Subscription(CHANNEL, discovery_cache.hear_change, discovery_cache.hear_anything)
        )
