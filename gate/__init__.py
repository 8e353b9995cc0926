"""The drift gate: proves against a running server that contract, documents and code are one.

It knows nothing of the operations but what the contract says, so that an operation added later is
covered without being registered anywhere.
"""
