"""Palaver: a conversation-sessions server whose documentation cannot lie."""
