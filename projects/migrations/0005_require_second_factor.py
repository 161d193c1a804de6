from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0004_announce_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='require_second_factor',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='event',
            name='action',
            field=models.CharField(choices=[('project:created', 'Project created'), ('project:renamed', 'Project renamed'), ('connection:added', 'Connection added'), ('connection:changed', 'Connection changed'), ('connection:enabled', 'Connection switched on'), ('connection:disabled', 'Connection switched off'), ('connection:deleted', 'Connection deleted'), ('project:second-factor-required', 'Second factor required'), ('project:second-factor-optional', 'Second factor no longer required'), ('member:second-factor-reset', "Member's second factors removed")], max_length=40),
        ),
    ]
