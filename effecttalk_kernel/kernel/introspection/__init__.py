"""Introspection: completion, inspection, completeness and expressions of shell code.

The session's shell is not involved: a short-lived helper shell gets a snapshot of the session
and one question. So an answer has no side effects, and is given while a block runs.
"""
