"""Who is asking: bearer tokens, the shared Basic credential, and the principal they yield."""
