"""Replays and simulations that somebody asked for."""

import django.db.models.deletion
from django.db import migrations, models

import core.clock


class Migration(migrations.Migration):
    dependencies = [("flows", "0002_version_never_changes")]

    operations = [
        migrations.CreateModel(
            name="Rehearsal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10, verbose_name="种类")),
                ("tree", models.JSONField(verbose_name="当时的草稿")),
                ("parameters", models.JSONField(default=dict, verbose_name="假设")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等着开始"),
                            ("running", "正在算"),
                            ("done", "已算完"),
                            ("cancelled", "已取消"),
                            ("failed", "没有算成"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("result", models.JSONField(blank=True, null=True, verbose_name="结果")),
                ("asked_by", models.CharField(max_length=150, verbose_name="谁要的")),
                ("asked_at", models.DateTimeField(default=core.clock.now, verbose_name="何时要的")),
                ("touched_at", models.DateTimeField(default=core.clock.now)),
                ("seconds", models.FloatField(default=0, verbose_name="用时")),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rehearsals",
                        to="flows.flowdefinition",
                        verbose_name="流程",
                    ),
                ),
            ],
            options={"verbose_name": "彩排", "verbose_name_plural": "彩排", "ordering": ["-asked_at", "-pk"]},
        ),
    ]
