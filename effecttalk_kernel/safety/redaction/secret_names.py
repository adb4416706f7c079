"""Which names are those of secrets, and which values are not secrets.

Used for texts and for variables.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final


def _split_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# `DB_PASSWORD`, `db.password`, `dbPassword` and `DBPassword` are db, password.
WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")
SECRET_WORDS: Final = _split_words(
    "password passwords passwd passphrase passcode secret secrets token apikey accesskey"
    " secretkey privatekey credential credentials creds authorization auth"
)
# `PGPASSWORD`, `authtoken`: no other English words have these endings.
SECRET_ENDS: Final = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "credentials",
)
# Words before `key` that make it a secret.
KEY_QUALIFIERS: Final = _split_words(
    "api access secret private encryption signing master account storage deploy ssh"
)
# Only after another word: $PWD is a directory, and tests `pass`.
FINAL_SECRET_WORDS: Final = frozenset({"pwd", "pass"})
# Words after a secret's name that make it a name of something else.
HARMLESS_ENDS: Final = _split_words(
    "file files path paths dir directory folder sock socket url uri endpoint host hostname port"
    " name names user username id ids type types kind count counts length len size limit max min"
    " ttl expiry expires expiration expired timeout age policy provider method mode scheme scope"
    " scopes helper command cmd program prompt stdin fd env ref format version enabled required"
    " status header field index position store manager service server class required rotation"
)
# `--no-password`.
NEGATIONS: Final = _split_words("no not without disable skip has")
COMMON_WORDS: Final = _split_words(
    "true false none null nil undefined yes no on off enabled disabled default empty unset"
    " string str int integer bool boolean bytes number object float optional any text char"
    " root admin administrator localhost example changeme password passwd passphrase secret"
    " token auth basic bearer digest oauth oauth2 required invalid incorrect expired missing"
    " unknown prompt hidden masked redacted stdin stdout stderr option options argument value"
    " and are for flag from has have into must not that the this was when which will with your"
    " is to or if in of be can set sets use used using"
)
# Stands for a sealed value.
PLACEHOLDER: Final = re.compile(r"•••[0-9a-f]{12}•••")
# Values that switch something on or off.
SWITCH: Final = re.compile(r"(?i:true|false|yes|no|on|off|none|null|[0-9])?$")
# Numbers, masks, IP addresses and paths.
PLAIN_VALUE: Final = re.compile(
    r"[-+]?[0-9]{1,5}(?:\.[0-9]{0,3})?[a-zA-Z]{0,2}$"
    r"|[*xX•.…\-_]+(?:[0-9a-f]{12}•••)?$"
    r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:[:/][0-9]+)?$"
    r"|(?:~|\.{1,2}|/(?:dev|etc|home|mnt|opt|proc|root|run|srv|tmp|usr|var))/"
)
# Not references, templates, placeholders or code.
LITERAL_VALUE: Final = re.compile(
    r"(?!\s|`|\{\{|id=|<[^<>]*>?$|\[[^\[\]]*\]$|%[A-Za-z_]\w*%|\$(?:[A-Za-z_]\w*|[{(\[])"
    r"|[A-Za-z_][\w.:]*[(\[{]|(?:self|this|os|process|env|config|args)\.)"
)
MIN_LEARNED_CHARACTERS: Final = 6
MAX_LEARNED_CHARACTERS: Final = 65_536
MIN_LINE_CHARACTERS: Final = 8
MIN_VALUE_CHARACTERS: Final = 4


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a variable, option or key of this name has a secret."""
    words = [word.lower() for word in WORD.findall(name)]
    if not words or words[0] in NEGATIONS or words[-1] in HARMLESS_ENDS:
        return False
    if any(word in SECRET_WORDS or word.endswith(SECRET_ENDS) for word in words):
        return True
    # `_PYENV_VH_PWD` is the directory in which a prompt hook ran last.
    if len(words) > 1 and words[-1] in FINAL_SECRET_WORDS and not name.startswith("_"):
        return True
    return any(second == "key" and first in KEY_QUALIFIERS for first, second in pairwise(words))


def is_harmless(value: str) -> bool:
    """Whether *value* is not a secret, although its name is that of one."""
    return value.lower() in COMMON_WORDS or PLAIN_VALUE.match(value) is not None


def is_switch(value: str) -> bool:
    """Whether *value* of a secret variable is only a switch, or masked already."""
    return SWITCH.match(value) is not None or PLACEHOLDER.fullmatch(value) is not None


def is_likely_secret(name: str, value: str) -> bool:
    """Whether *value*, which follows *name* in a text, looks like a secret."""
    return (
        len(value) >= MIN_VALUE_CHARACTERS
        and LITERAL_VALUE.match(value) is not None
        and not is_harmless(value)
        and value.lower() != name.lower()
    )


def list_lines_to_learn(value: str) -> list[str]:
    """Return the lines of a secret variable's value that are to be masked elsewhere."""
    lines = [line.strip()[:MAX_LEARNED_CHARACTERS] for line in value.splitlines()]
    shortest = MIN_LEARNED_CHARACTERS if len(lines) == 1 else MIN_LINE_CHARACTERS
    return [line for line in lines if len(line) >= shortest and not is_harmless(line)]


def is_mixed(value: str) -> bool:
    """Whether *value* has lower and upper case letters and digits, as random text has."""
    return all(any(map(kind, value)) for kind in (str.islower, str.isupper, str.isdigit))
