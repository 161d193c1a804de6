import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0015_trial_revision'),
    ]

    operations = [
        # So that the removal can be reverted where there are rows.
        migrations.AlterField(
            model_name='expiryreminder',
            name='sent_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.RemoveField(
            model_name='expiryreminder',
            name='sent_at',
        ),
        migrations.RemoveField(
            model_name='successfultry',
            name='at',
        ),
        migrations.RemoveField(
            model_name='successfultry',
            name='by',
        ),
        migrations.AlterField(
            model_name='checkresult',
            name='checked',
            field=models.CharField(choices=[('live', 'Live'), ('draft', 'Draft'), ('typed', 'Typed')], max_length=10),
        ),
        migrations.RenameModel(old_name='SuccessfulTry', new_name='SuccessfulTrial'),
        migrations.AlterField(
            model_name='successfultrial',
            name='connection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='successful_trials', to='connections.connection'),
        ),
        migrations.RenameModel(old_name='KeptSecret', new_name='TypedSecret'),
        migrations.RenameField(model_name='connection', old_name='test_failed_at', new_name='check_failed_at'),
    ]
