"""Names and values: which names promise a secret, and which values are none.

Pure judgement, shared by the rules for text and by those for variables.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# `DB_PASSWORD`, `db.password`, `dbPassword` and `DBPassword` are db, password.
WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")
SECRET_WORDS: Final = _words(
    "password passwords passwd passphrase passcode secret secrets token apikey accesskey"
    " secretkey privatekey credential credentials creds authorization auth"
)
# `PGPASSWORD`, `authtoken`: no other English words end so.
SECRET_ENDS: Final = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "credentials",
)
# Words that make a secret of `key`.
KEYS: Final = _words(
    "api access secret private encryption signing master account storage deploy ssh"
)
# Only with something before them: $PWD is a directory, and tests `pass`.
SECOND_WORDS: Final = frozenset({"pwd", "pass"})
# What stands behind the secret's name when only something about it is meant.
HARMLESS_ENDS: Final = _words(
    "file files path paths dir directory folder sock socket url uri endpoint host hostname port"
    " name names user username id ids type types kind count counts length len size limit max min"
    " ttl expiry expires expiration expired timeout age policy provider method mode scheme scope"
    " scopes helper command cmd program prompt stdin fd env ref format version enabled required"
    " status header field index position store manager service server class required rotation"
)
# `--no-password`.
NEGATIONS: Final = _words("no not without disable skip has")
COMMON_WORDS: Final = _words(
    "true false none null nil undefined yes no on off enabled disabled default empty unset"
    " string str int integer bool boolean bytes number object float optional any text char"
    " root admin administrator localhost example changeme password passwd passphrase secret"
    " token auth basic bearer digest oauth oauth2 required invalid incorrect expired missing"
    " unknown prompt hidden masked redacted stdin stdout stderr option options argument value"
    " and are for flag from has have into must not that the this was when which will with your"
    " is to or if in of be can set sets use used using"
)
# What stands for a sealed value.
PLACEHOLDER: Final = re.compile(r"•••[0-9a-f]{12}•••")
# Switches, not secrets.
SWITCH: Final = re.compile(r"(?i:true|false|yes|no|on|off|none|null|[0-9])?$")
# Numbers, masks, IP addresses, paths.
DULL: Final = re.compile(
    r"[-+]?[0-9]{1,5}(?:\.[0-9]{0,3})?[a-zA-Z]{0,2}$"
    r"|[*xX•.…\-_]+(?:[0-9a-f]{12}•••)?$"
    r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:[:/][0-9]+)?$"
    r"|(?:~|\.{1,2}|/(?:dev|etc|home|mnt|opt|proc|root|run|srv|tmp|usr|var))/"
)
# References, templates, placeholders and code, not values.
WRITTEN: Final = re.compile(
    r"(?!\s|`|\{\{|id=|<[^<>]*>?$|\[[^\[\]]*\]$|%[A-Za-z_]\w*%|\$(?:[A-Za-z_]\w*|[{(\[])"
    r"|[A-Za-z_][\w.:]*[(\[{]|(?:self|this|os|process|env|config|args)\.)"
)
SHORTEST_LEARNED: Final = 6
LONGEST_LEARNED: Final = 65_536
SHORTEST_LINE: Final = 8
SHORTEST_VALUE: Final = 4


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a variable, option or key of this name holds a secret."""
    words = [word.lower() for word in WORD.findall(name)]
    if not words or words[0] in NEGATIONS or words[-1] in HARMLESS_ENDS:
        return False
    if any(word in SECRET_WORDS or word.endswith(SECRET_ENDS) for word in words):
        return True
    # `_PYENV_VH_PWD` is where a prompt's hook was last.
    if len(words) > 1 and words[-1] in SECOND_WORDS and not name.startswith("_"):
        return True
    return any(second == "key" and first in KEYS for first, second in pairwise(words))


def is_harmless(value: str) -> bool:
    """Whether *value*, of a name that promises a secret, is nothing to hide."""
    return value.lower() in COMMON_WORDS or DULL.match(value) is not None


def is_switch(value: str) -> bool:
    """Whether *value* of a secret's variable only says whether there is one, or is masked."""
    return SWITCH.match(value) is not None or PLACEHOLDER.fullmatch(value) is not None


def is_likely_secret(name: str, value: str) -> bool:
    """Whether *value* was written out behind *name* in a text, as a secret would be."""
    return (
        len(value) >= SHORTEST_VALUE
        and WRITTEN.match(value) is not None
        and not is_harmless(value)
        and value.lower() != name.lower()
    )


def lines_to_learn(value: str) -> list[str]:
    """Return what to look for of a secret variable's value: it, or each of its lines."""
    lines = [line.strip()[:LONGEST_LEARNED] for line in value.splitlines()]
    shortest = SHORTEST_LEARNED if len(lines) == 1 else SHORTEST_LINE
    return [line for line in lines if len(line) >= shortest and not is_harmless(line)]


def is_mixed(value: str) -> bool:
    """Whether small and capital letters and digits are in *value*, as chance puts them."""
    return all(any(map(kind, value)) for kind in (str.islower, str.isupper, str.isdigit))
