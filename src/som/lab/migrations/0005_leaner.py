from collections.abc import Mapping

import django.db.models.deletion
from django.db import migrations, models

from som.kernel.references import refers, refers_no_more

REFERENCES: Mapping[str, Mapping[str, str]] = {
    "lab_reception": {
        "tube_id": "sampling_tube",
        "lab_id": "places_organisation",
        "box_id": "sampling_manifest",
    },
    "lab_member": {"pool_id": "lab_pool", "tube_id": "sampling_tube"},
    "lab_load": {
        "lab_id": "places_organisation",
        "run_id": "lab_run",
        "batch_id": "lab_batch",
        "tube_id": "sampling_tube",
        "pool_id": "lab_pool",
    },
    "lab_well": {"load_id": "lab_load"},
    "lab_reading": {"run_id": "lab_run"},
    "lab_verdict": {"run_id": "lab_run", "load_id": "lab_load"},
}
"""What rows written by the hundred point at: checked for the whole statement."""

# What is on a plate is read with the plate: its run is found there. The last statement checks what
# was written with a check outstanding: such a table cannot be altered.
BEFORE = """
UPDATE lab_load SET run_id = NULL WHERE plate_id IS NOT NULL AND run_id IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""
BACK = """
UPDATE lab_load l SET run_id = r.id FROM lab_run r WHERE r.plate_id = l.plate_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('lab', '0004_benches'),
        ('places', '0001_initial'),
        ('sampling', '0008_turns'),
    ]

    operations = [
        migrations.RunSQL(BEFORE, BACK),
        migrations.AlterField(
            model_name='reception',
            name='tube',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.tube'),
        ),
        migrations.AlterField(
            model_name='reception',
            name='lab',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AlterField(
            model_name='reception',
            name='box',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sampling.manifest'),
        ),
        migrations.AlterField(
            model_name='member',
            name='pool',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='lab.pool'),
        ),
        migrations.AlterField(
            model_name='member',
            name='tube',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.tube'),
        ),
        migrations.AlterField(
            model_name='load',
            name='lab',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AlterField(
            model_name='load',
            name='plate',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.plate'),
        ),
        migrations.AlterField(
            model_name='load',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='lab.run'),
        ),
        migrations.AlterField(
            model_name='load',
            name='batch',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.batch'),
        ),
        migrations.AlterField(
            model_name='load',
            name='tube',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sampling.tube'),
        ),
        migrations.AlterField(
            model_name='load',
            name='pool',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.pool'),
        ),
        migrations.AlterField(
            model_name='well',
            name='load',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='lab.load'),
        ),
        migrations.AlterField(
            model_name='reading',
            name='run',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='lab.run'),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='lab.run'),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='load',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='lab.load'),
        ),
        *[
            migrations.RunSQL(refers(table, parents), refers_no_more(table))
            for table, parents in REFERENCES.items()
        ],
    ]
