from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0008_users_page"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="test_failed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(
                condition=models.Q(("outcome", "ok")),
                fields=["connection", "ended_at"],
                name="success_of_connection",
            ),
        ),
    ]
