from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_history")]

    operations = [
        migrations.CreateModel(
            name="Attempts",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False)),
                ("whole_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["whole_at"], name="attempts_by_age")],
            },
        ),
    ]
