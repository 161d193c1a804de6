from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

# What `name__istartswith` asks for; Django can say the operator class only with another app.
PEOPLE_BY_NAME = """
CREATE INDEX person_by_name ON projects_user (project_id, upper(name::text) text_pattern_ops);
CREATE INDEX event_by_actor_name
    ON projects_event (project_id, upper(actor_name::text) text_pattern_ops);
"""
NO_PEOPLE_BY_NAME = "DROP INDEX person_by_name; DROP INDEX event_by_actor_name;"


class Migration(migrations.Migration):

    dependencies = [
        ("projects", "0002_append_only_history_and_cache"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="event",
            name="event_of_project",
        ),
        migrations.AlterField(
            model_name="event",
            name="project",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="events", to="projects.project"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["project", "at", "id"], name="event_by_time"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["project", "action", "at", "id"], name="event_by_action"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["project", "target_name", "at", "id"], name="event_by_target"),
        ),
        migrations.RunSQL(PEOPLE_BY_NAME, NO_PEOPLE_BY_NAME),
    ]
