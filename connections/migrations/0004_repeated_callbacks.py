from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0003_longer_ids'),
    ]

    operations = [
        migrations.AddField(
            model_name='pendingsignin',
            name='taken_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='pendingsignin',
            name='taken_by',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='pendingsignin',
            name='reference',
            field=models.CharField(blank=True, db_default='', max_length=10),
        ),
    ]
