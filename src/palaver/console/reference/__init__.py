"""The reference page at ``/docs``: the contract, with samples that run and requests to try."""
