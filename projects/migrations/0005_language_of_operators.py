from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0004_require_try'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', max_length=10),
        ),
    ]
