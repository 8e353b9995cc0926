"""Palaver measured against others, side by side in one run. See README.md."""
