"""The library: books become passages, and questions find them."""
