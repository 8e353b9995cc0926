"""Chat turns: what a provider is asked, the providers, and the engine that runs a turn."""
