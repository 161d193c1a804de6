from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Of the sign-ins before this, those that took a second or more had been at the provider.
RETURNED = """
UPDATE connections_signin SET returned_at = ended_at
    WHERE ended_at - started_at > interval '1 second'
"""


class Migration(migrations.Migration):

    dependencies = [
        ("connections", "0001_initial"),
        ("projects", "0003_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="signin",
            name="sign_in_of_project",
        ),
        migrations.AddField(
            model_name="signin",
            name="returned_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(RETURNED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="signin",
            name="connection",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="sign_ins", to="connections.connection"),
        ),
        migrations.AlterField(
            model_name="signin",
            name="project",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="sign_ins", to="projects.project"),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(fields=["project", "ended_at", "id"], name="sign_in_by_time"),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(fields=["project", "alias", "ended_at", "id"], name="sign_in_by_alias"),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(fields=["project", "outcome", "ended_at", "id"], name="sign_in_by_outcome"),
        ),
    ]
