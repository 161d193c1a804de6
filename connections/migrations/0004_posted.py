from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_limits")]

    operations = [
        migrations.AddField(
            model_name="pendingsignin",
            name="posted",
            field=models.BinaryField(null=True),
        ),
    ]
