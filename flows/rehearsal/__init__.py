"""Rehearsal: a draft tried on invented patients (play, simulate) and on past ones (replay), by the kernel that runs the real ones.

`play`, `replay`, `simulate` are pure: no database, no clock, no partner. `history`, `jobs`, `commands` bring them data and a place to run.
"""
