from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("projects", "0004_announce_changes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="action",
            field=models.CharField(choices=[("project:created", "Project created"), ("project:renamed", "Project renamed"), ("connection:added", "Connection added"), ("connection:changed", "Connection changed"), ("connection:enabled", "Connection switched on"), ("connection:disabled", "Connection switched off"), ("connection:deleted", "Connection deleted"), ("connection:moved", "Order of buttons changed")], max_length=40),
        ),
    ]
