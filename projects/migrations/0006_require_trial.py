from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0005_language_of_operators'),
    ]

    operations = [
        migrations.RenameField(model_name='project', old_name='require_try', new_name='require_trial'),
    ]
