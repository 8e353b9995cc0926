"""The developers' tool that keeps generated files true to the contract: ``python -m codegen``."""
