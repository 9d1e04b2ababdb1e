"""Where care happens and which appointments patients have."""
