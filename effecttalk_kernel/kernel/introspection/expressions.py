"""Expressions: what a user expression of Jupyter's expands to in the session."""

import re
from typing import Final

from effecttalk_kernel.kernel.introspection.helper_shell import HelperError, SessionContext, ask

# A variable, an element of an array, or a special parameter.
NAME: Final = re.compile(r"[A-Za-z_]\w*(\[[^\]]+\])?|\d+|[@*#?$!-]", re.ASCII)
# What bash puts before a message: the script, where it is, and the line.
WHERE: Final = re.compile(r"^[^\n]*?\.sh: (eval: )?\w+ \d+: (?=\S)")


async def expand(context: SessionContext, expression: str) -> str:
    """Return what *expression* expands to between double quotes.

    Without a `$` or a backquote it is the name of a variable that is set.

    Raises:
        HelperError: it cannot be expanded; the message is bash's.

    """
    if "$" in expression or "`" in expression:
        answer = await ask(context, "expand.sh", f'"{expression}"', "+u")
    elif NAME.fullmatch(expression):
        answer = await ask(context, "expand.sh", f'"${{{expression}}}"', "-u")
    else:
        raise HelperError(f"{expression}: not the name of a variable")
    if not answer.output.startswith(b"="):
        errors = answer.errors.decode(errors="replace").strip()
        raise HelperError(WHERE.sub("", errors) or f"{expression}: no value")
    return answer.output[1:].decode(errors="replace")
