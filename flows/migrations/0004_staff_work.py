"""Work a run asks of a role; since when a visit is in trouble; the start facts a version was proved against, frozen like its tree."""

from importlib import import_module

from django.db import migrations, models

before = import_module("flows.migrations.0002_version_never_changes")
SAYS = before.SAYS
COLUMNS = (*before.COLUMNS, "vocabulary")

POSTGRESQL_OFF = ["DROP TRIGGER flows_version_frozen ON flows_flowversion"]
SQLITE_OFF = ["DROP TRIGGER IF EXISTS flows_version_frozen"]
"""SQLite makes a table anew to add a column, and loses its triggers on the way."""


def watch(columns):
    """The trigger over these columns; PostgreSQL has its function from before."""
    postgresql = f"""
        CREATE TRIGGER flows_version_frozen BEFORE UPDATE ON flows_flowversion FOR EACH ROW
        WHEN ({" OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)}) EXECUTE FUNCTION flows_version_frozen()
    """
    sqlite = f"""
        CREATE TRIGGER flows_version_frozen BEFORE UPDATE ON flows_flowversion FOR EACH ROW
        WHEN {" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END
    """
    return [postgresql], [sqlite]


def unwatched(_apps, editor):
    before.run(editor, POSTGRESQL_OFF, SQLITE_OFF)


def watched(_apps, editor):
    before.run(editor, *watch(COLUMNS))


def watched_as_before(_apps, editor):
    before.run(editor, *watch(before.COLUMNS))


class Migration(migrations.Migration):
    dependencies = [("flows", "0003_rehearsal"), ("viewflow", "0015_task_scheduled")]
    operations = [
        migrations.CreateModel(
            name="StaffWork",
            fields=[],
            options={
                "verbose_name": "工作人员任务",
                "verbose_name_plural": "工作人员任务",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("viewflow.process",),
        ),
        migrations.AddField("run", "troubled_at", models.DateTimeField("从何时起要处理", blank=True, null=True)),
        migrations.RunPython(unwatched, watched_as_before),
        migrations.AddField("flowversion", "vocabulary", models.JSONField("开始时的事实", default=dict)),
        migrations.RunPython(watched, unwatched),
    ]
