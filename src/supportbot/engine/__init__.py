"""Answers one turn: intake, triage, routing, dispatch, check, release, settle; recovery and the workers."""
