from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What is recorded of a deletion is as fixed as history itself.
APPEND_ONLY = """
CREATE TRIGGER deletion_is_append_only BEFORE UPDATE ON projects_deletion
    FOR EACH ROW EXECUTE FUNCTION menkou_refuse_update();
"""
MAY_REWRITE = "DROP TRIGGER deletion_is_append_only ON projects_deletion;"


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0005_connection_moved'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='action',
            field=models.CharField(choices=[('project:created', 'Project created'), ('project:renamed', 'Project renamed'), ('connection:added', 'Connection added'), ('connection:changed', 'Connection changed'), ('connection:enabled', 'Connection switched on'), ('connection:disabled', 'Connection switched off'), ('connection:deleted', 'Connection deleted'), ('connection:moved', 'Order of buttons changed'), ('member:invited', 'Member invited'), ('member:invitation-renewed', 'Invitation sent again'), ('member:invitation-revoked', 'Invitation revoked'), ('member:joined', 'Member joined'), ('member:role-changed', 'Role of a member changed'), ('member:removed', 'Member removed'), ('member:left', 'Member left')], max_length=40),
        ),
        migrations.CreateModel(
            name='Deletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('project', models.UUIDField()),
                ('slug', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=80)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('actor_name', models.CharField(max_length=254)),
                ('lost', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.EmailField(max_length=254)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('editor', 'Editor'), ('viewer', 'Viewer')], max_length=10)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='projects.project')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('accepted_at', None), ('revoked_at', None)), fields=('project', 'address'), name='one_invitation_waits_per_address')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, MAY_REWRITE),
    ]
