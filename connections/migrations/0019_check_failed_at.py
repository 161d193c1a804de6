from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0018_typed_secrets'),
    ]

    operations = [
        migrations.RenameField(model_name='connection', old_name='test_failed_at', new_name='check_failed_at'),
    ]
