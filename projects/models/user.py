from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from projects.models.project import Project


class UserManager(BaseUserManager["User"]):
    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in lower case, as sign-ins look it up."""
        return (email or "").lower()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new operator; raises ValueError without an e-mail address."""
        if not email:
            raise ValueError("An operator needs an email address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new operator, for `manage.py createsuperuser`; there are no superusers."""
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the operator with this address; raises User.DoesNotExist."""
        # Not `iexact`: it compares upper case, in which different letters can be equal.
        operators = self.annotate(lower=Lower("email")).filter(project=None)
        return operators.get(lower=(username or "").lower())


class User(AbstractBaseUser):
    """An operator of the portal (no project), or an end user of one project.

    Only operators have `email` and a password. The email address that a provider gives for an end
    user is stored in `address`, so it cannot be used to sign in or to reset a password.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.CASCADE, related_name="end_users"
    )
    email = models.EmailField(_("email address"), blank=True)
    name = models.CharField(_("Name"), max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    address = models.CharField(max_length=254, blank=True)
    address_verified = models.BooleanField(default=False)
    picture = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Of an operator, for email that no request causes: the language in which they last signed in
    # or which they have chosen since. Empty if neither happened.
    language = models.CharField(max_length=10, blank=True, default="", db_default="")

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="operator_email_unique"
            ),
            models.CheckConstraint(
                name="end_user_has_no_email_and_no_password",
                condition=Q(project=None)
                | Q(email="", password__startswith=UNUSABLE_PASSWORD_PREFIX),
            ),
            models.CheckConstraint(
                name="operator_has_an_email", condition=Q(project__isnull=False) | ~Q(email="")
            ),
        ]
        # For the Users page, in its order. Migrations add two more, of the name and the address.
        indexes: ClassVar = [
            models.Index(fields=["project", "created_at", "id"], name="user_by_time"),
            models.Index(fields=["project", "is_active", "created_at", "id"], name="user_by_state"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def shown_name(self) -> str:
        """What an end user is called, in the reader's language where the provider says no name."""
        suffix = self.pk.hex[-4:].upper()
        return self.name or str(_("Guest %(suffix)s") % {"suffix": suffix})

    @property
    def is_operator(self) -> bool:
        """Whether this user signs in to the portal."""
        return self.project_id is None
