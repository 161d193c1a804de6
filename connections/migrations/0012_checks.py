import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0011_hourly_numbers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CheckState',
            fields=[
                ('connection', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='check_state', serialize=False, to='connections.connection')),
                ('next_at', models.DateTimeField(db_index=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('suspected_step', models.CharField(blank=True, default='', max_length=20)),
                ('failing_since', models.DateTimeField(null=True)),
                ('failing_step', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='CheckResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('is_scheduled', models.BooleanField(db_default=False, default=False)),
                ('checked', models.CharField(choices=[('live', 'Saved values'), ('draft', 'Draft'), ('typed', 'Typed values, not saved')], max_length=10)),
                ('revision', models.PositiveIntegerField(null=True)),
                ('verdict', models.CharField(choices=[('passed', 'Passed'), ('failed', 'Failed'), ('doubtful', 'Needs attention'), ('not_checked', 'Not checked')], max_length=20)),
                ('steps', models.JSONField(default=list)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='connections.connection')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['connection', 'is_scheduled', '-id'], name='check_of_connection')],
            },
        ),
    ]
