"""Line ends: cells whose lines end as on Windows, with a carriage return and a line feed.

To bash, a carriage return is a character like others: `fi` with one is another word.
"""

from typing import Final

CARRIAGE_RETURN: Final = "\r"


def normalize_line_ends(code: str) -> str:
    r"""Return *code* with "\n" at the end of its lines, if all of them end in "\r\n".

    In a cell in which only some lines do, a carriage return is data, as in here-documents for
    programs that want one, so the code stays as it is. The last line need not end at all.
    """
    if CARRIAGE_RETURN not in code:
        return code
    *lines, last = code.split("\n")
    if not lines or not all(line.endswith(CARRIAGE_RETURN) for line in lines):
        return code
    ends = [line.removesuffix(CARRIAGE_RETURN) for line in (*lines, last)]
    return "\n".join(ends)
