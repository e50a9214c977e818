from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.deletion import PROTECT

from som.kernel.policies import guard_through, unguard


class Migration(migrations.Migration):
    """A session says where it is, until when and for how many; its people come slot by slot."""

    dependencies = [
        ("places", "0001_initial"),
        ("sampling", "0010_leaner"),
    ]

    operations = [
        migrations.AddField(
            "session",
            "site",
            models.ForeignKey(
                db_index=False, null=True, on_delete=PROTECT, related_name="+", to="places.site"
            ),
        ),
        migrations.AddField("session", "ends_at", models.DateTimeField(null=True)),
        migrations.AddField("session", "expected", models.IntegerField(null=True)),
        migrations.AddConstraint(
            "session",
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="session_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            "session",
            models.CheckConstraint(
                condition=Q(expected__isnull=True) | Q(expected__gte=1),
                name="session_expects_somebody",
            ),
        ),
        migrations.CreateModel(
            "Slot",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="slots",
                        to="sampling.session",
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("places", models.SmallIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["session", "starts_at"], name="slot_begins_once_a_session"
                    ),
                    models.CheckConstraint(
                        condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_it_starts"
                    ),
                    models.CheckConstraint(condition=Q(places__gte=1), name="slot_has_places"),
                ],
            },
        ),
        migrations.CreateModel(
            "Appointment",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("slot", models.ForeignKey(on_delete=PROTECT, to="sampling.slot")),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to="sampling.testrequest",
                    ),
                ),
                ("given_at", models.DateTimeField()),
                ("given_by", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["request"], name="request_has_one_appointment"),
                ],
            },
        ),
        # Who may see that somebody is asked for may see when they come, and say so.
        migrations.RunSQL(
            guard_through(
                "sampling_appointment", "request_id", "sampling_testrequest", writable=True
            ),
            unguard("sampling_appointment"),
        ),
    ]
