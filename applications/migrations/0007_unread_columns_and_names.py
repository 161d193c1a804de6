import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0006_logo'),
    ]

    operations = [
        # So that the removal can be reverted where there are rows.
        migrations.AlterField(
            model_name='developererror',
            name='first_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.RemoveField(
            model_name='developererror',
            name='first_at',
        ),
        migrations.RemoveField(
            model_name='logoutdelivery',
            name='tried_at',
        ),
        migrations.RenameField(model_name='application', old_name='accept_rival_hints', new_name='accept_foreign_parameters'),
    ]
