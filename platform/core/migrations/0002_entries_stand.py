"""The database refuses to change or delete an audit entry, except to link it into the chain once.

SQLite forgets triggers when a later migration rebuilds the table: such a migration ends with `stand` again.
"""

from typing import Any

from django.db import migrations

POSTGRESQL = [
    """
    CREATE FUNCTION core_entry_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE'
           OR OLD.sequence IS NOT NULL OR NEW.sequence IS NULL OR NEW.chain = ''
           OR (NEW.id, NEW.at, NEW.actor, NEW.action, NEW.subject, NEW.facts, NEW.mac)
              IS DISTINCT FROM (OLD.id, OLD.at, OLD.actor, OLD.action, OLD.subject, OLD.facts, OLD.mac)
        THEN RAISE EXCEPTION 'audit entries stand';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER core_entry_stands BEFORE UPDATE OR DELETE ON core_entry FOR EACH ROW EXECUTE FUNCTION core_entry_stands()",
]
SQLITE = [
    "CREATE TRIGGER core_entry_kept BEFORE DELETE ON core_entry BEGIN SELECT RAISE(ABORT, 'audit entries stand'); END",
    """
    CREATE TRIGGER core_entry_stands BEFORE UPDATE ON core_entry
    WHEN OLD.sequence IS NOT NULL OR NEW.sequence IS NULL OR NEW.chain = ''
      OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.actor IS NOT OLD.actor OR NEW.action IS NOT OLD.action
      OR NEW.subject IS NOT OLD.subject OR NEW.facts IS NOT OLD.facts OR NEW.mac IS NOT OLD.mac
    BEGIN SELECT RAISE(ABORT, 'audit entries stand'); END
    """,
]
GONE = {
    "postgresql": ["DROP TRIGGER core_entry_stands ON core_entry", "DROP FUNCTION core_entry_stands()"],
    "sqlite": ["DROP TRIGGER core_entry_kept", "DROP TRIGGER core_entry_stands"],
}


def stand(_: Any, schema_editor: Any) -> None:
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def fall(_: Any, schema_editor: Any) -> None:
    for statement in GONE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_ground")]
    operations = [migrations.RunPython(stand, fall)]
