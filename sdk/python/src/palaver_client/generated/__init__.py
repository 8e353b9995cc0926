# Generated from openapi.yaml by `python -m codegen`. Do not edit.
"""What follows from the contract."""
