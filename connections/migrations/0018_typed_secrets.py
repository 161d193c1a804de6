from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0017_successful_trials'),
    ]

    operations = [
        migrations.RenameModel(old_name='KeptSecret', new_name='TypedSecret'),
    ]
