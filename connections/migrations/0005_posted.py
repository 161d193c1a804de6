from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0004_sign_ins_by_person")]

    operations = [
        migrations.AddField(
            model_name="pendingsignin",
            name="posted",
            field=models.BinaryField(null=True),
        ),
    ]
