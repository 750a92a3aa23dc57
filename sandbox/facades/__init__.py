"""Frozen stand-ins for the modules that a strategy may use; nothing else is reachable through them."""
