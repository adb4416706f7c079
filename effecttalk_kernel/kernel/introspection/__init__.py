"""Language: questions about the user's shell code, answered beside the session.

Nothing here touches the living shell: a short-lived helper shell gets a snapshot
of the session and one question, so an answer has no side effects and comes while a
block runs.
"""
