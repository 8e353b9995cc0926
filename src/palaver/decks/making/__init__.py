"""From a message, or a model's tool calls, to a change of a deck."""
