"""A patient says that she is here."""
