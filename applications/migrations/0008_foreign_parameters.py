from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0007_unread_columns'),
    ]

    operations = [
        migrations.RenameField(model_name='application', old_name='accept_rival_hints', new_name='accept_foreign_parameters'),
    ]
