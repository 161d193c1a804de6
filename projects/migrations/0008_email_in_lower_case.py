from django.db import migrations

# Operators whose address was written with capitals before the @ were not found by it.
IN_LOWER_CASE = "UPDATE projects_user SET email = lower(email) WHERE email <> lower(email)"


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0007_require_second_factor'),
    ]

    operations = [
        migrations.RunSQL(IN_LOWER_CASE, migrations.RunSQL.noop),
    ]
