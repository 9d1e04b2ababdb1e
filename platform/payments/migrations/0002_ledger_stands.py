"""The database keeps the books: no line is changed or removed, and a transaction is taken only when its lines sum to zero.

Postings are written before the row that closes them (their foreign key is checked at commit): inserting that row checks the sum, and afterwards
nobody can add a line. SQLite forgets triggers when a later migration rebuilds a table: such a migration ends with `stand` again.
"""

from typing import Any

from django.db import migrations

POSTGRESQL = [
    """
    CREATE FUNCTION payments_books_stand() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the books stand: write a counter-entry'; END $$
    """,
    """
    CREATE FUNCTION payments_line_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM payments_transaction WHERE number = NEW.transaction_id)
        THEN RAISE EXCEPTION 'the books stand: this transaction is closed';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION payments_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT sum(amount) FROM payments_posting WHERE transaction_id = NEW.number) IS DISTINCT FROM 0
        THEN RAISE EXCEPTION 'the books stand: lines must sum to zero';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER payments_posting_stands BEFORE UPDATE OR DELETE ON payments_posting FOR EACH ROW EXECUTE FUNCTION payments_books_stand()",
    "CREATE TRIGGER payments_transaction_stands BEFORE UPDATE OR DELETE ON payments_transaction FOR EACH ROW EXECUTE FUNCTION payments_books_stand()",
    "CREATE TRIGGER payments_posting_open BEFORE INSERT ON payments_posting FOR EACH ROW EXECUTE FUNCTION payments_line_is_open()",
    "CREATE TRIGGER payments_transaction_sums BEFORE INSERT ON payments_transaction FOR EACH ROW EXECUTE FUNCTION payments_sums_to_zero()",
]
SQLITE = [
    "CREATE TRIGGER payments_posting_kept BEFORE DELETE ON payments_posting BEGIN SELECT RAISE(ABORT, 'the books stand'); END",
    "CREATE TRIGGER payments_posting_stands BEFORE UPDATE ON payments_posting BEGIN SELECT RAISE(ABORT, 'the books stand'); END",
    "CREATE TRIGGER payments_transaction_kept BEFORE DELETE ON payments_transaction BEGIN SELECT RAISE(ABORT, 'the books stand'); END",
    "CREATE TRIGGER payments_transaction_stands BEFORE UPDATE ON payments_transaction BEGIN SELECT RAISE(ABORT, 'the books stand'); END",
    """
    CREATE TRIGGER payments_posting_open BEFORE INSERT ON payments_posting
    WHEN EXISTS (SELECT 1 FROM payments_transaction WHERE number = NEW.transaction_id)
    BEGIN SELECT RAISE(ABORT, 'the books stand: this transaction is closed'); END
    """,
    """
    CREATE TRIGGER payments_transaction_sums BEFORE INSERT ON payments_transaction
    WHEN (SELECT sum(amount) FROM payments_posting WHERE transaction_id = NEW.number) IS NOT 0
    BEGIN SELECT RAISE(ABORT, 'the books stand: lines must sum to zero'); END
    """,
]
GONE = {
    "postgresql": [
        "DROP TRIGGER payments_posting_stands ON payments_posting",
        "DROP TRIGGER payments_transaction_stands ON payments_transaction",
        "DROP TRIGGER payments_posting_open ON payments_posting",
        "DROP TRIGGER payments_transaction_sums ON payments_transaction",
        "DROP FUNCTION payments_books_stand()",
        "DROP FUNCTION payments_line_is_open()",
        "DROP FUNCTION payments_sums_to_zero()",
    ],
    "sqlite": [
        f"DROP TRIGGER payments_{name}"
        for name in ("posting_kept", "posting_stands", "transaction_kept", "transaction_stands", "posting_open", "transaction_sums")
    ],
}


def stand(_: Any, schema_editor: Any) -> None:
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def fall(_: Any, schema_editor: Any) -> None:
    for statement in GONE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_orders_and_ledger")]
    operations = [migrations.RunPython(stand, fall)]
