from __future__ import annotations

from django.db import migrations

# Whatever changes or removes a project's row, every process hears of it when it is committed.
# A project that is new was kept by nobody.
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

SAY_NOTHING = """
DROP TRIGGER project_changes_are_announced ON projects_project;
DROP FUNCTION menkou_announce_project();
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_history")]

    operations = [migrations.RunSQL(ANNOUNCE, SAY_NOTHING)]
