"""The ground: money, errors, time, protection of what patients told us, news, the audit, and the one way out."""
