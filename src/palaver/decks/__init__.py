"""Decks: the slides of a session, changed, kept in versions, and made into files."""
