"""Values, rules and pure state of Teahouse.

Standard library only: no Qt, no torch, no SQL, no disk access. Everything here can be tested without a
fixture and imported by any other layer.
"""
