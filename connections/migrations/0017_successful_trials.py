import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0016_unread_columns'),
    ]

    operations = [
        migrations.RenameModel(old_name='SuccessfulTry', new_name='SuccessfulTrial'),
        migrations.AlterField(
            model_name='successfultrial',
            name='connection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='successful_trials', to='connections.connection'),
        ),
    ]
