from __future__ import annotations

from django.db import migrations

# The rate limits of every worker and machine count here. As `createcachetable` would make it.
CACHE = """
CREATE TABLE IF NOT EXISTS django_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS django_cache_expires ON django_cache (expires);
"""

# Whoever finds a way to the table from the program still cannot rewrite what happened.
APPEND_ONLY = """
CREATE FUNCTION menkou_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only';
END
$$;
CREATE TRIGGER event_is_append_only BEFORE UPDATE ON projects_event
    FOR EACH ROW EXECUTE FUNCTION menkou_refuse_update();
"""

MAY_REWRITE = """
DROP TRIGGER event_is_append_only ON projects_event;
DROP FUNCTION menkou_refuse_update();
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]

    operations = [
        migrations.RunSQL(CACHE, "DROP TABLE django_cache"),
        migrations.RunSQL(APPEND_ONLY, MAY_REWRITE),
    ]
