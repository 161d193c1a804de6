import django.db.models.deletion
import django.db.models.functions.text
import projects.project_ids
import uuid
from django.conf import settings
from django.db import migrations, models


# The cache of django-allauth's rate limits, as `createcachetable` would make it.
CACHE = """
CREATE TABLE IF NOT EXISTS django_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS django_cache_expires ON django_cache (expires);
"""

# The audit log cannot be rewritten, not even by a statement that the program was tricked into.
APPEND_ONLY = """
CREATE FUNCTION menkou_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only';
END
$$;
CREATE TRIGGER event_is_append_only BEFORE UPDATE ON projects_event
    FOR EACH ROW EXECUTE FUNCTION menkou_refuse_update();
CREATE TRIGGER deletion_is_append_only BEFORE UPDATE ON projects_deletion
    FOR EACH ROW EXECUTE FUNCTION menkou_refuse_update();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER deletion_is_append_only ON projects_deletion;
DROP TRIGGER event_is_append_only ON projects_event;
DROP FUNCTION menkou_refuse_update();
"""

# For `name__istartswith`; Django can name the operator class only with django.contrib.postgres.
PEOPLE_BY_NAME = """
CREATE INDEX person_by_name ON projects_user (project_id, upper(name::text) text_pattern_ops);
CREATE INDEX event_by_actor_name
    ON projects_event (project_id, upper(actor_name::text) text_pattern_ops);
"""
NO_PEOPLE_BY_NAME = "DROP INDEX person_by_name; DROP INDEX event_by_actor_name;"

# Every process hears of a change or deletion of a project once it is committed. Nobody has kept
# a project that is new.
ANNOUNCE = """
CREATE FUNCTION menkou_announce_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('menkou_projects', OLD.id::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER project_changes_are_announced AFTER UPDATE OR DELETE ON projects_project
    FOR EACH ROW EXECUTE FUNCTION menkou_announce_project();
"""
NOT_ANNOUNCED = """
DROP TRIGGER project_changes_are_announced ON projects_project;
DROP FUNCTION menkou_announce_project();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('name', models.CharField(blank=True, max_length=150, verbose_name='Name')),
                ('is_active', models.BooleanField(default=True)),
                ('address', models.CharField(blank=True, max_length=254)),
                ('address_verified', models.BooleanField(default=False)),
                ('picture', models.URLField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
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
            name='Project',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('slug', models.CharField(max_length=40, validators=[projects.project_ids.check_project_id], verbose_name='Project ID')),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('version', models.PositiveBigIntegerField(default=0)),
                ('require_second_factor', models.BooleanField(db_default=False, default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name', 'slug'],
                'constraints': [models.UniqueConstraint(fields=('slug',), name='project_slug_unique', violation_error_message='This project ID is already taken. Choose another one.')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('actor_name', models.CharField(max_length=254)),
                ('action', models.CharField(max_length=40)),
                ('target_type', models.CharField(blank=True, db_default='', default='', max_length=60)),
                ('target_id', models.CharField(max_length=40)),
                ('target_name', models.CharField(max_length=120)),
                ('changes', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='projects.project')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='user',
            name='project',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='end_users', to='projects.project'),
        ),
        migrations.CreateModel(
            name='EventOrigin',
            fields=[
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='origin', serialize=False, to='projects.event')),
                ('at', models.DateTimeField()),
                ('request_id', models.CharField(max_length=64)),
                ('address', models.GenericIPAddressField(null=True)),
                ('user_agent', models.CharField(max_length=200)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.project')),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('editor', 'Editor'), ('viewer', 'Viewer')], max_length=10)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='projects.project')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'user'), name='one_membership_per_project')],
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
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['project', 'at', 'id'], name='event_by_time'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['project', 'action', 'at', 'id'], name='event_by_action'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['project', 'target_name', 'at', 'id'], name='event_by_target'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='operator_email_unique'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('project', None), models.Q(('email', ''), ('password__startswith', '!')), _connector='OR'), name='end_user_has_no_email_and_no_password'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('project__isnull', False), models.Q(('email', ''), _negated=True), _connector='OR'), name='operator_has_an_email'),
        ),
        migrations.AddIndex(
            model_name='eventorigin',
            index=models.Index(fields=['at'], name='event_origin_by_age'),
        ),
        migrations.RunSQL(CACHE, "DROP TABLE django_cache"),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(PEOPLE_BY_NAME, NO_PEOPLE_BY_NAME),
        migrations.RunSQL(ANNOUNCE, NOT_ANNOUNCED),
    ]
