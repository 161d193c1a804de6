from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='RateLimitBucket',
            fields=[
                ('key', models.UUIDField(primary_key=True, serialize=False)),
                ('full_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['full_at'], name='rate_limit_by_age')],
            },
        ),
    ]
