"""The database itself refuses to change what a published version means."""

from django.db import migrations

COLUMNS = ("definition_id", "number", "tree", "contracts", "sha256", "kernel")
SAYS = "a published flow version never changes"

POSTGRESQL = [
    f"""
    CREATE FUNCTION flows_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    f"""
    CREATE TRIGGER flows_version_frozen BEFORE UPDATE ON flows_flowversion FOR EACH ROW
    WHEN ({" OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in COLUMNS)}) EXECUTE FUNCTION flows_version_frozen()
    """,
]
POSTGRESQL_BACK = ["DROP TRIGGER flows_version_frozen ON flows_flowversion", "DROP FUNCTION flows_version_frozen()"]
SQLITE = [
    f"""
    CREATE TRIGGER flows_version_frozen BEFORE UPDATE ON flows_flowversion FOR EACH ROW
    WHEN {" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in COLUMNS)} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END
    """,
]
SQLITE_BACK = ["DROP TRIGGER flows_version_frozen"]


def run(editor, postgresql, sqlite):
    for statement in postgresql if editor.connection.vendor == "postgresql" else sqlite:
        editor.execute(statement)


def freeze(_apps, editor):
    run(editor, POSTGRESQL, SQLITE)


def thaw(_apps, editor):
    run(editor, POSTGRESQL_BACK, SQLITE_BACK)


class Migration(migrations.Migration):
    dependencies = [("flows", "0001_conductor")]
    operations = [migrations.RunPython(freeze, thaw)]
