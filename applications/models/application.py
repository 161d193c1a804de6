from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from projects.models import Project, User

LONGEST_URL = 2000


class Kind(models.TextChoices):
    """Where an application runs, and so whether it can keep a secret (RFC 6749, 2.1)."""

    WEBSITE = "website", _("Website with a server")
    BROWSER = "browser", _("Browser app")
    NATIVE = "native", _("Mobile or desktop app")


class SigningAlgorithm(models.TextChoices):
    """How id_tokens are signed (RFC 7518, 3.1)."""

    RS256 = "RS256", "RS256"
    ES256 = "ES256", "ES256"


class RefreshTokens(models.TextChoices):
    """When an application gets refresh tokens."""

    REQUESTED = "requested", _("When it asks for offline_access")
    ALWAYS = "always", _("Always")
    NEVER = "never", _("Never")


class Application(models.Model):
    """A website or app that receives the project's sign-ins (an OpenID Connect client)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="applications")
    client_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    redirect_uris = models.JSONField(default=list)
    post_logout_redirect_uris = models.JSONField(default=list)
    backchannel_logout_uri = models.CharField(max_length=LONGEST_URL, blank=True, default="")
    # Where a sign-in can be started anew: OpenID Connect Core 1.0, section 4.
    initiate_login_uri = models.CharField(max_length=LONGEST_URL, blank=True, default="")
    home_page = models.CharField(max_length=LONGEST_URL, blank=True, default="")
    # The name of the logo's file, by its content; "" without one.
    logo = models.CharField(max_length=40, blank=True, default="", db_default="")
    # Whether a website may leave PKCE out.
    pkce_optional = models.BooleanField(default=False)
    # A development application may have redirect URIs with a wildcard.
    is_development = models.BooleanField(default=False)
    # Whether people are asked before it learns who they are, because it is somebody else's.
    is_third_party = models.BooleanField(default=False, db_default=False)
    # The aliases of the connections that its people may use; all of them if it is empty.
    connections = models.JSONField(default=list)
    # Whether tokens say by which connection somebody has signed in.
    idp_claim = models.BooleanField(default=False)
    # Whether a request may name a connection as it would for other products.
    accept_foreign_parameters = models.BooleanField(default=False)
    signing_alg = models.CharField(
        max_length=5, choices=SigningAlgorithm, default=SigningAlgorithm.RS256
    )
    refresh_tokens = models.CharField(
        max_length=10, choices=RefreshTokens, default=RefreshTokens.REQUESTED
    )
    access_token_seconds = models.PositiveIntegerField(default=3600)
    id_token_seconds = models.PositiveIntegerField(default=3600)
    # A refresh token that is not used for so long expires.
    refresh_idle_days = models.PositiveIntegerField(default=30)
    # Nobody gets a refresh token that is valid for longer than this after the sign-in.
    refresh_max_days = models.PositiveIntegerField(default=180)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["name", "created_at"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portal:application", args=[self.project.slug, self.client_id])

    @property
    def is_confidential(self) -> bool:
        """Whether it has a secret."""
        return self.kind == Kind.WEBSITE

    @property
    def requires_pkce(self) -> bool:
        """Whether each of its authorization requests needs a code challenge (RFC 7636)."""
        return not (self.is_confidential and self.pkce_optional)


class ApplicationLogo(models.Model):
    """The picture of an application, apart from it because few requests need it."""

    application = models.OneToOneField(
        Application, primary_key=True, on_delete=models.CASCADE, related_name="logo_file"
    )
    name = models.CharField(max_length=40)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class ApplicationSecret(models.Model):
    """A client secret: 256 random bits, of which only the hash is kept."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="secrets")
    hash = models.CharField(max_length=64, unique=True)
    last4 = models.CharField(max_length=4)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # Not more exact than a minute.
    last_used_at = models.DateTimeField(null=True)
    # None for one that does not expire.
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"secret of {self.application_id}"
