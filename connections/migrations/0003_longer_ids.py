from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0002_facts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='identity',
            name='subject',
            field=models.CharField(max_length=256),
        ),
        migrations.AlterField(
            model_name='identitykey',
            name='value',
            field=models.CharField(max_length=256),
        ),
    ]
