"""The URLs of the portal host."""

from __future__ import annotations

from allauth.account import views as account_views
from django.conf import settings
from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache
from django.views.i18n import set_language

from portal.account import factor_views as factors
from portal.account import password_views as passwords
from portal.account import views as account_page
from portal.applications import logo_views as application_logos
from portal.applications import logout_messages
from portal.applications import sample_sign_in_views as sample_sign_ins
from portal.applications import secret_views as application_secrets
from portal.applications import views as applications
from portal.connections import views as connections
from portal.connections.checking import views as checking
from portal.connections.drafts import revision_views as revisions
from portal.connections.drafts import views as drafts
from portal.connections.trial import views as connection_trials
from portal.history import export_view as history_export
from portal.history import views as history
from portal.members import invitation_views as invitations
from portal.members import views as members
from portal.patterns import views as patterns
from portal.projects import delete_view as project_delete
from portal.projects import views as projects
from portal.urls import shared
from portal.users import views as users

PROJECT = "projects/<slug:slug>/"
CONNECTIONS = f"{PROJECT}connections/"
APPLICATIONS = f"{PROJECT}applications/"
MEMBERS = f"{PROJECT}settings/members/"
USERS = f"{PROJECT}users/"
USER = f"{USERS}<uuid:user>/"

portal = [
    path("", projects.home, name="home"),
    path("account/", account_page.account, name="account"),
    path("projects/", projects.projects, name="projects"),
    path("projects/create/", projects.project_create, name="project_create"),
    path(PROJECT, projects.overview, name="overview"),
    path(f"{PROJECT}settings/", projects.settings, name="settings"),
    path(f"{PROJECT}settings/delete/", project_delete.project_delete, name="project_delete"),
    path(MEMBERS, members.members, name="members"),
    path(f"{MEMBERS}invite/", members.member_invite, name="member_invite"),
    path(f"{MEMBERS}<int:member>/", members.member, name="member"),
    path(f"{MEMBERS}<int:member>/remove/", members.member_remove, name="member_remove"),
    path(
        f"{MEMBERS}invitations/<int:invitation>/renew/",
        members.invitation_renew,
        name="invitation_renew",
    ),
    path(
        f"{MEMBERS}invitations/<int:invitation>/revoke/",
        members.invitation_revoke,
        name="invitation_revoke",
    ),
    path("invitation/", invitations.invitation, name="invitation"),
    path("invitation/sign-out/", invitations.invitation_sign_out, name="invitation_sign_out"),
    path("invitation/link/<slug:token>/", invitations.invitation_link, name="invitation_link"),
    path(
        f"{PROJECT}settings/second-factor/",
        projects.settings_second_factor,
        name="settings_second_factor",
    ),
    path(f"{PROJECT}settings/try/", projects.settings_trial, name="settings_trial"),
    path(f"{PROJECT}history/", history.history, name="history"),
    path(f"{PROJECT}history/export/", history_export.history_export, name="history_export"),
    path(f"{PROJECT}history/<slug:reference>/", history.history_story, name="history_story"),
    path(USERS, users.users, name="users"),
    path(USER, users.user, name="user"),
    path(f"{USER}block/", users.user_block, name="user_block"),
    path(f"{USER}unblock/", users.user_unblock, name="user_unblock"),
    path(f"{USER}sign-out/", users.user_sign_out, name="user_sign_out"),
    path(f"{USER}sessions/<uuid:sid>/end/", users.user_session_end, name="user_session_end"),
    path(
        f"{USER}applications/<slug:client_id>/remove/",
        users.user_access_remove,
        name="user_access_remove",
    ),
    path(f"{USER}delete/", users.user_delete, name="user_delete"),
    path(CONNECTIONS, connections.connections, name="connections"),
    path(f"{CONNECTIONS}add/", connections.connection_catalogue, name="connection_catalogue"),
    path(f"{CONNECTIONS}add/<slug:provider>/", connections.connection_add, name="connection_add"),
    path(
        f"{CONNECTIONS}add/<slug:provider>/validate/",
        connections.connection_validate,
        name="connection_add_validate",
    ),
    path(
        f"{CONNECTIONS}add/<slug:provider>/check/",
        checking.connection_check,
        name="connection_add_check",
    ),
    path(f"{CONNECTIONS}<slug:alias>/", connections.connection, name="connection"),
    path(
        f"{CONNECTIONS}<slug:alias>/validate/",
        connections.connection_validate,
        name="connection_validate",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/check/",
        checking.connection_check,
        name="connection_check",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/try/",
        connection_trials.connection_trial_start,
        name="connection_trial_start",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/try/<uuid:trial>/",
        connection_trials.connection_trial,
        name="connection_trial",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/try/<uuid:trial>/status/",
        connection_trials.connection_trial_status,
        name="connection_trial_status",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/try/<uuid:trial>/end/",
        connection_trials.connection_trial_end,
        name="connection_trial_end",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/switch/",
        connections.connection_switch,
        name="connection_switch",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/move/",
        connections.connection_move,
        name="connection_move",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/delete/",
        connections.connection_delete,
        name="connection_delete",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/publish/",
        drafts.connection_publish,
        name="connection_publish",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/draft/discard/",
        drafts.connection_draft_discard,
        name="connection_draft_discard",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/revisions/",
        revisions.connection_revisions,
        name="connection_revisions",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/revisions/<int:number>/",
        revisions.connection_revision,
        name="connection_revision",
    ),
    path(
        f"{CONNECTIONS}<slug:alias>/revisions/<int:number>/restore/",
        revisions.connection_restore,
        name="connection_restore",
    ),
    path(APPLICATIONS, applications.applications, name="applications"),
    path(f"{APPLICATIONS}add/", applications.application_add, name="application_add"),
    path(
        f"{APPLICATIONS}add/check/",
        applications.application_check,
        name="application_add_check",
    ),
    path(f"{APPLICATIONS}<slug:client_id>/", applications.application, name="application"),
    path(
        f"{APPLICATIONS}<slug:client_id>/check/",
        applications.application_check,
        name="application_check",
    ),
    path(
        f"{APPLICATIONS}<slug:client_id>/delete/",
        applications.application_delete,
        name="application_delete",
    ),
    path(
        f"{APPLICATIONS}<slug:client_id>/try/",
        sample_sign_ins.sample_sign_in,
        name="sample_sign_in",
    ),
    path(
        f"{APPLICATIONS}<slug:client_id>/try/end/",
        sample_sign_ins.sample_sign_in_end,
        name="sample_sign_in_end",
    ),
    path(
        f"{APPLICATIONS}<slug:client_id>/try/result/",
        sample_sign_ins.sample_sign_in_result,
        name="sample_sign_in_result",
    ),
    path(
        f"{APPLICATIONS}<slug:client_id>/secrets/add/",
        application_secrets.application_secret_add,
        name="application_secret_add",
    ),
    path(
        f"{APPLICATIONS}<slug:client_id>/secrets/<int:secret>/remove/",
        application_secrets.application_secret_remove,
        name="application_secret_remove",
    ),
    path(
        f"{APPLICATIONS}logos/<str:name>",
        application_logos.application_logo,
        name="application_logo",
    ),
    path(
        f"{APPLICATIONS}<slug:client_id>/logo/",
        application_logos.application_logo_change,
        name="application_logo_change",
    ),
    path(
        f"{APPLICATIONS}<slug:client_id>/logout-messages/<int:message>/send-again/",
        logout_messages.logout_message_send_again,
        name="logout_message_send_again",
    ),
]

# allauth's URL names, without its email pages; sign-up is closed. They show who is signed in or are
# reached by one-time links, so they are never cached.
account = [
    path("login", never_cache(account_views.login), name="account_login"),
    path("logout", never_cache(account_views.logout), name="account_logout"),
    path("signup", never_cache(account_views.signup), name="account_signup"),
    path(
        "reauthenticate", never_cache(account_views.reauthenticate), name="account_reauthenticate"
    ),
    path("inactive", never_cache(account_views.account_inactive), name="account_inactive"),
    path(
        "password/change/",
        never_cache(account_views.password_change),
        name="account_change_password",
    ),
    path("password/set/", never_cache(account_views.password_set), name="account_set_password"),
    path("password/reset/", never_cache(passwords.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        never_cache(account_views.password_reset_done),
        name="account_reset_password_done",
    ),
    # A slug would match the first half of the key, which contains a hyphen.
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        never_cache(passwords.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        never_cache(account_views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
]

# allauth's URL names. Only operators have second factors, so project hosts do not have these.
second_factors = [
    path("login/second-step", factors.second_step, name="mfa_authenticate"),
    path("login/passkey", factors.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("reauthenticate/code", factors.confirm_by_code, name="mfa_reauthenticate"),
    path("reauthenticate/passkey", factors.confirm_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("account/security/", factors.account_security, name="mfa_index"),
    path("account/app/", factors.set_up_app, name="mfa_activate_totp"),
    path("account/app/remove/", factors.remove_app, name="mfa_deactivate_totp"),
    path("account/passkeys/", factors.account_security, name="mfa_list_webauthn"),
    path("account/passkeys/add/", factors.add_passkey, name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/", factors.rename_passkey, name="mfa_edit_webauthn"),
    path("account/passkeys/<int:pk>/remove/", factors.remove_passkey, name="mfa_remove_webauthn"),
    path("account/recovery-codes/", factors.recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/recovery-codes/new/",
        factors.new_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
]

urlpatterns = [
    *shared.urlpatterns,
    *account,
    *second_factors,
    path("language", set_language, name="set_language"),
    path("", include((portal, "portal"))),
]

if settings.MENKOU_ENV != "production":
    urlpatterns.append(path("patterns/", patterns.patterns, name="patterns"))

handler400 = "portal.shell.errors.bad_request"
handler403 = "portal.shell.errors.forbidden"
handler404 = "portal.shell.errors.not_found"
handler500 = "portal.shell.errors.server_error"
# Used by django-allauth's rate limits.
handler429 = "portal.shell.errors.too_many_allauth_requests"
