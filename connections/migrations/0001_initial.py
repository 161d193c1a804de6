import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('projects', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=60)),
                ('alias', models.CharField(max_length=40)),
                ('labels', models.JSONField(default=dict)),
                ('settings', models.JSONField(default=dict)),
                ('kept_namespace', models.CharField(blank=True, default='', max_length=200)),
                ('enabled', models.BooleanField(default=True)),
                ('position', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='connections', to='projects.project')),
                ('updated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['position', 'created_at'],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('namespace', models.CharField(max_length=200)),
                ('subject', models.CharField(max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('used_at', models.DateTimeField(auto_now=True)),
                ('connection', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='identities', to='connections.connection')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to='projects.project')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='IdentityKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('namespace', models.CharField(max_length=200)),
                ('value', models.CharField(max_length=255)),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='connections.identity')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.project')),
            ],
        ),
        migrations.CreateModel(
            name='PendingSignIn',
            fields=[
                ('state_hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('browser_hash', models.CharField(max_length=64)),
                ('pkce_verifier', models.CharField(blank=True, max_length=128)),
                ('nonce', models.CharField(blank=True, max_length=64)),
                ('next', models.CharField(blank=True, max_length=2000)),
                ('posted', models.BinaryField(null=True)),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pending', to='connections.connection')),
            ],
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alias', models.CharField(max_length=40)),
                ('provider', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=10, unique=True)),
                ('outcome', models.CharField(choices=[('ok', 'Signed in'), ('cancelled', 'Cancelled'), ('retry', 'Not completed'), ('config', 'Needs attention'), ('temporary', 'Provider error'), ('reject', 'Blocked for security'), ('policy', 'Not allowed')], max_length=10)),
                ('cause', models.CharField(blank=True, max_length=40)),
                ('provider_code', models.CharField(blank=True, max_length=40)),
                ('provider_trace', models.CharField(blank=True, max_length=120)),
                ('started_at', models.DateTimeField()),
                ('returned_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(auto_now_add=True)),
                ('durations', models.JSONField(default=dict)),
                ('connection', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sign_ins', to='connections.connection')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to='projects.project')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sign_ins', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='StoredSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=40)),
                ('ciphertext', models.BinaryField()),
                ('key_id', models.PositiveBigIntegerField()),
                ('last4', models.CharField(blank=True, max_length=4)),
                ('fingerprint', models.CharField(max_length=12)),
                ('set_at', models.DateTimeField(auto_now=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='connections.connection')),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.UniqueConstraint(fields=('project', 'alias'), name='alias_unique_in_project'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.UniqueConstraint(fields=('project', 'namespace', 'subject'), name='identity_unique_in_project'),
        ),
        migrations.AddConstraint(
            model_name='identitykey',
            constraint=models.UniqueConstraint(fields=('project', 'namespace', 'value'), name='identity_key_unique_in_project'),
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(fields=['project', 'ended_at', 'id'], name='sign_in_by_time'),
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(fields=['project', 'alias', 'ended_at', 'id'], name='sign_in_by_alias'),
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(fields=['project', 'outcome', 'ended_at', 'id'], name='sign_in_by_outcome'),
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(fields=['user', 'ended_at', 'id'], name='sign_in_by_person'),
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(fields=['connection', '-id'], name='sign_in_of_connection'),
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(fields=['ended_at'], name='sign_in_by_age'),
        ),
        migrations.AddConstraint(
            model_name='storedsecret',
            constraint=models.UniqueConstraint(fields=('connection', 'field'), name='one_secret_per_field'),
        ),
    ]
