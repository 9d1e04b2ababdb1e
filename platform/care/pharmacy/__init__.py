"""Her medicine, from preparing to collected."""
