import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0005_rival_hints'),
    ]

    operations = [
        migrations.AddField(
            model_name='application',
            name='logo',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.CreateModel(
            name='ApplicationLogo',
            fields=[
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='logo_file', serialize=False, to='applications.application')),
                ('name', models.CharField(max_length=40)),
                ('content', models.BinaryField()),
            ],
        ),
    ]
