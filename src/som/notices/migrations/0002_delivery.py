"""Delivery by more ways than one with tries kept, and alarms."""

import django.db.models.deletion
from django.db import migrations, models


def outgoing() -> list[tuple[str, models.Field]]:
    """What is kept of anything on its way out."""
    return [
        ("attempts", models.IntegerField(default=0)),
        ("next_try_at", models.DateTimeField()),
        ("last_error", models.TextField(blank=True, default="")),
        ("away", models.BooleanField(default=False)),
    ]


class Migration(migrations.Migration):

    dependencies = [
        ("notices", "0001_initial"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="notice", name="notice_waiting"),
        migrations.RemoveField(model_name="notice", name="claimed_at"),
        *[
            migrations.AddField("notice", name, field)
            for name, field in outgoing()
            if name != "next_try_at"
        ],
        # What waits already has waited since it was written, by the installation's own clock.
        migrations.AddField("notice", "next_try_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            "UPDATE notices_notice SET next_try_at = written_at", migrations.RunSQL.noop
        ),
        migrations.AlterField("notice", "next_try_at", models.DateTimeField()),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("delivered_at__isnull", True)),
                fields=["next_try_at", "id"],
                name="notice_to_deliver",
            ),
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                *outgoing(),
                ("delivered_at", models.DateTimeField(null=True)),
                ("key", models.TextField(db_collation="C")),
                ("kind", models.TextField()),
                ("permission", models.TextField()),
                ("organisation", models.ForeignKey(
                    db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                    to="places.organisation",
                )),
                ("unit", models.ForeignKey(
                    db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                    to="places.unit",
                )),
                ("subject_id", models.BigIntegerField(null=True)),
                ("body", models.JSONField(default=dict)),
                ("raised_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("acknowledged_by", models.TextField(blank=True, default="")),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="alarm_is_raised_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation__isnull", False), ("unit__isnull", True)),
                            models.Q(("organisation__isnull", True), ("unit__isnull", False)),
                            _connector="OR",
                        ),
                        name="alarm_has_one_addressee",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("acknowledged_at__isnull", True), ("acknowledged_by", "")),
                            models.Q(
                                ("acknowledged_at__isnull", False),
                                models.Q(("acknowledged_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="alarm_acknowledged_by_somebody",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("delivered_at__isnull", True)),
                        fields=["next_try_at", "id"],
                        name="alarm_to_deliver",
                    ),
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["organisation", "unit", "permission", "raised_at"],
                        name="alarm_open",
                    ),
                ],
            },
        ),
    ]
