"""The mutation run: small drifts of the running system, and whether the gate notices each.

A mutant is one operator at one place of one operation. Operators know no operation by name; what
they apply to is derived from the contract, so an operation added later has its mutants too.
"""
