"""Redaction of streams: the result does not depend on how they are cut."""

import random
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from effecttalk_kernel.safety.redaction import stream
from effecttalk_kernel.safety.redaction.redactor import MASK, Redactor
from effecttalk_kernel.safety.redaction.rules import load_rules
from effecttalk_kernel.safety.redaction.stream import StreamRedactor

RULES = load_rules({}, ())
REDACTOR = Redactor(
    load_rules({"acme": "ACME-[0-9]{8}", "own": "own=(?P<secret>[a-z]+)", "any": "[xX]yz+"}, ())
)
REDACTOR.learn({"DB_PASSWORD": "open sesame, all", "X_TOKEN": "line one is long\nline two too"})
REDACTOR.learn({"LONG_SECRET": "0123456789 abc " * 9})
TOKEN = "ghp_" + "a1B2" * 9
BEGIN = "-----BEGIN RSA " + "PRIVATE KEY-----"
END = "-----END RSA " + "PRIVATE KEY-----"
# Beginnings, middles and ends of secrets, and what may come between.
FRAGMENTS = [
    TOKEN, "ghp_", "eyJ", BEGIN, END, "MIIEpAIBAAKCAQEA7bq1", "\n", "\r", "\r\n", " ", "  ",
    "password", "PASSWORD=", "token: ", "'", '"', "\\", "secret", "open sesame, all", "open",
    "line one is long", "line two", " too", "0123456789 abc ", "abc123de", "1", "x", "://",
    "https://user:", "@", "curl -u a:", "Authorization: Bearer ", "\x1b[31m", "\x1b[0m", "\x1b[",
    "\x1b", "\x1b]0;t\x07", "\x1b]8;;", "\x1b\\", "--password ", "-H 'X-Api-Key: ", "<password>",
    "</", "SK" + "0" * 32, "123456789:AA" + "b" * 33, "AccountKey=", "A" * 40, "aws_secret = ",
    "é", MASK, "#", "=", "-", "ACME-1234", "5678", "own=", "$", "AKIA", "ABCDEFGHIJKLMNOP",
    "xoxb-1234567890-abc", ".", ",", ";", ":", "sk-" + "aB1" * 9, " login -p ", "docker ", "yz",
    "mysql -p", "sshpass -p ",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=16).map(lambda all_: "".join(all_).encode())
BOTH = pytest.mark.parametrize("live", [False, True], ids=["file", "live"])


def redacted(pieces: list[bytes], *, live: bool) -> tuple[bytes, dict[str, int]]:
    redactor = StreamRedactor(REDACTOR, live=live)
    out = [*map(redactor.feed, pieces), redactor.finish()]
    return b"".join(out), dict(redactor.counts)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@BOTH
@example(data=f"token: {TOKEN}{BEGIN}".encode(), places=[])
@example(data=f"PASSWORD=a {BEGIN} hunter2 {BEGIN}\nMIIEpAIBAAKCAQEA7bq1".encode(), places=[60])
@example(data=f"x{BEGIN}{END} BLOT\n".encode(), places=[])
@example(data=f"{BEGIN}\n{END}password: hunter2".encode(), places=[])
@example(data=f"{BEGIN}{END}password: hunter2 {BEGIN}\nfoo".encode(), places=[])
@example(data="docker sshpass -p  login -p é".encode(), places=[21])
@example(data=b"docker sshpass -p xoxb-1234567890-abc</ login -p token: ", places=[35])
@example(data=b" login open sesame, all\r -p\n", places=[24])
@given(data=TEXTS, places=st.lists(st.integers(0, 10_000), max_size=8))
def test_masking_does_not_depend_on_how_a_stream_is_cut(
    live: bool, data: bytes, places: list[int]
) -> None:
    whole = redacted([data], live=live)
    assert redacted(cut(data, places), live=live) == whole
    assert redacted([bytes([byte]) for byte in data], live=live) == whole
    masked, counts = REDACTOR.data(data)
    assert whole == (masked, dict(counts))


@BOTH
@example(data=f"ghp_ghp_ghp_  ééé{TOKEN * 7} {TOKEN}".encode(), places=[21])
@given(
    data=st.lists(st.sampled_from([TOKEN, "ghp_", "a1B2", " ", "x", "é", "ACME-12345678"]))
    .map(lambda fragments: "".join(fragments).encode()),
    places=st.lists(st.integers(0, 10_000), max_size=8),
)  # fmt: skip
def test_masking_does_not_depend_on_cuts_in_an_endless_line(
    live: bool, data: bytes, places: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, size in {
            "PIECE_BYTES": 40,
            "WINDOW_BYTES": 160,
            "OVERLAP_BYTES": 90,
            "CONTEXT_BYTES": 10,
        }.items():
            patch.setattr(stream, name, size)
        assert redacted(cut(data, places), live=live) == redacted([data], live=live)


@BOTH
@pytest.mark.parametrize("at", range(1, len(TOKEN)))
def test_a_token_is_found_wherever_it_is_cut(live: bool, at: int) -> None:
    text = f"a {TOKEN} b".encode()
    found = redacted([text[: at + 2], text[at + 2 :]], live=live)
    assert found == (f"a {MASK} b".encode(), {"github": 1})


@BOTH
def test_a_token_is_found_in_a_line_of_a_million_bytes(live: bool) -> None:
    for size in range(
        stream.WINDOW_BYTES - stream.OVERLAP_BYTES - 60,
        stream.WINDOW_BYTES - stream.OVERLAP_BYTES + 20,
        7,
    ):
        data = b"-" * size + f" {TOKEN} ".encode() + b"-" * 1_000_000
        pieces = [data[at : at + 50_000] for at in range(0, len(data), 50_000)]
        assert redacted(pieces, live=live) == (
            data.replace(TOKEN.encode(), MASK.encode()),
            {"github": 1},
        )


@BOTH
@pytest.mark.parametrize(
    "beginning",
    ["", BEGIN, f"{BEGIN}\n", f"x {BEGIN}\n\n", f"{BEGIN}\nMIIEpAIBAAKCAQEA7bq1\n{END}"],
)
def test_a_long_line_after_the_beginning_of_a_key_may_be_cut_anywhere(
    live: bool, beginning: str
) -> None:
    text = f"{beginning}{'-' * 70_000} {TOKEN} {'word ' * 50_000}{TOKEN}\n{TOKEN}"
    whole = redacted([text.encode()], live=live)
    assert whole[1]["github"] == 3
    for size in (7_777, 50_000, 200_000):
        places = [*range(0, len(text), size)]
        assert redacted(cut(text.encode(), places), live=live) == whole


@BOTH
@pytest.mark.parametrize("before", [100, 115_000, 130_000, 138_000, 146_000])
def test_a_key_in_an_endless_line_is_masked_as_a_whole(live: bool, before: int) -> None:
    body = "aB3d" * 5_000
    text = f"{'word ' * (before // 5)}{BEGIN}\\n{body}\\n{END}\\n{'word ' * 40_000}"
    for size in (4_096, 65_536, len(text)):
        places = [*range(0, len(text), size)]
        masked, counts = redacted(cut(text.encode(), places), live=live)
        assert b"aB3d" not in masked
        assert counts == {"private-key": 1}


SECRETS = {
    "a value that was learned": "{}",
    "an unquoted value": "password={}",
    "a quoted value": '"password": "{}"',
    "a password in a URL": "https://joe:{}@host/",
    "a token": "xoxb-{}",
    "an argument": "--password {}",
}


def random_text(size: int, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=size))


@BOTH
@pytest.mark.parametrize("form", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize(("before", "size"), [(135_000, 9_000), (100_000, 65_000), (10, 300_000)])
def test_a_long_secret_in_an_endless_line_is_never_shown(
    live: bool, form: str, before: int, size: int
) -> None:
    secret = random_text(min(size, 65_000) if form == "{}" else size)
    redactor = Redactor(RULES)
    if form == "{}":
        redactor.learn({"X_TOKEN": secret})
    text = f"{'word ' * (before // 5)}{form.format(secret)} {'word ' * 30_000}end"
    masking = StreamRedactor(redactor, live=live)
    pieces = [text[at : at + 50_000].encode() for at in range(0, len(text), 50_000)]
    masked = b"".join([*map(masking.feed, pieces), masking.finish()]).decode()
    # The quote before one that fills a window is masked with it.
    masked = masked.replace(f'd": {MASK}', f'd": "{MASK}')
    assert masked == text.replace(f"xoxb-{secret}", MASK).replace(secret, MASK)


@BOTH
@pytest.mark.parametrize("escapes", [False, True])
def test_a_long_value_between_others_is_masked_alone(live: bool, escapes: bool) -> None:
    values = {f"A_TOKEN{n}": random_text(12_000, n) for n in range(8)}
    redactor = Redactor(RULES)
    redactor.learn(values)
    between = "\x1b[31m é " if escapes else " é "
    text = between.join(each for pair in values.items() for each in pair) * 4
    masking = StreamRedactor(redactor, live=live)
    data = text.encode()
    pieces = [data[at : at + 7_777] for at in range(0, len(data), 7_777)]
    masked = b"".join([*map(masking.feed, pieces), masking.finish()]).decode()
    for value in values.values():
        text = text.replace(value, MASK)
    assert masked == text


@BOTH
def test_memory_is_bounded(live: bool) -> None:
    redactor = StreamRedactor(REDACTOR, live=live)
    begun = [b"\x1b]0;", BEGIN.encode() + b"\n", b"PASSWORD='", b"sk-", b""]
    for beginning in begun:
        redactor.feed(beginning)
        for _ in range(40):
            redactor.feed(b"abcde fghi" * 2_000)
            assert len(redactor._held) <= 2 * stream.WINDOW_BYTES + stream.PIECE_BYTES


# Private keys.


@BOTH
def test_a_private_key_is_held_until_its_end(live: bool) -> None:
    redactor = StreamRedactor(REDACTOR, live=live)
    out = redactor.feed(f"key:\n{BEGIN}\n".encode())
    out += redactor.feed(b"2024-01-01 MIIEpAIBAAKCAQEA7bq1\n" * 9)
    assert out.startswith(b"key:\n")
    assert len(out) <= len("key:\n-----")
    out += redactor.feed(f"{END}\nmore\n".encode())
    assert out == f"key:\n-----{MASK}-----\nmore\n".encode()


@BOTH
def test_text_that_only_begins_like_a_private_key_is_shown(live: bool) -> None:
    text = f"{BEGIN}\nis how a key begins\n".encode()
    more = b"and this is some text\n" * 10_000
    assert redacted([text, more], live=live) == (text + more, {})
    assert redacted([text], live=live) == (text, {})


@BOTH
def test_a_key_without_its_end_is_masked_as_far_as_it_looks_like_one(live: bool) -> None:
    text = f"{BEGIN}\nProc-Type: 4,ENCRYPTED\n\n{'aB3d' * 16}\n{'aB3d' * 16}\nand text\n"
    expected = f"-----{MASK}\nand text\n"
    assert redacted([text.encode()], live=live) == (expected.encode(), {"private-key": 1})


# What a screen gets at once.


@pytest.mark.parametrize(
    "prompt",
    [
        "Password: ",
        "Password:",
        "Enter the API token: ",
        "[sudo] password for joe: ",
        "Continue? [y/N] ",
        "$ ",
        ">>> ",
        "(END)",
        "--More--",
        "loading...",
        "\r 42%|####      | 42/100 [00:01<00:02]",
        "12345",
        "\x1b[1mName:\x1b[0m",
        "Compiling 12 of 99",
        "PASSWORD=",
        "-----",
        "é",
    ],
)
def test_a_prompt_is_released_at_once(prompt: str) -> None:
    redactor = StreamRedactor(Redactor(load_rules({}, ())), live=True)
    assert redactor.feed(b"\nbefore\n" + prompt.encode()) == b"\nbefore\n" + prompt.encode()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a ghp_abc", "ghp_abc"),
        ("a g", "g"),
        ("PASSWORD=hunter", "hunter"),
        ("password: hunter", "hunter"),
        ("PASSWORD='open ses", "'open ses"),
        ('{"token": "abc', '"abc'),
        ("https://user:pass", "pass"),
        ("a sesa", "sesa"),
        ("-----BEGIN R", "BEGIN R"),
        ("a \x1b[3", "\x1b[3"),
        ("curl -u joe:ses", "ses"),
        ("a ghp_abc.", ""),
        ("PASSWORD=hunter and", ""),
        ("PASSWORD='open sesame' and", ""),
    ],
)
def test_only_text_that_may_begin_a_secret_is_held_back(text: str, kept: str) -> None:
    redactor = Redactor(load_rules({}, ()))
    redactor.learn({"X_TOKEN": "sesame street"})
    live = StreamRedactor(redactor, live=True)
    shown = redactor.text(text.removesuffix(kept))[0]
    assert live.feed(text.encode()).decode() == shown


def test_a_file_gets_whole_lines() -> None:
    redactor = StreamRedactor(REDACTOR, live=False)
    assert [redactor.feed(piece) for piece in (b"a", b"b\nc", b"\rd")] == [b"", b"ab\n", b"c\r"]
    assert (redactor.finish(), redactor.finish()) == (b"d", b"")
