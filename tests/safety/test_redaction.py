"""Redaction: what is masked, what is not, and which rules a user may add."""

import base64
import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effecttalk_kernel.safety.redaction.redactor import MASK, Redactor
from effecttalk_kernel.safety.redaction.rules import Rule, RuleError, load_rules
from effecttalk_kernel.safety.redaction.secret_names import is_secret_name

RULES = load_rules({}, ())
REDACTOR = Redactor(RULES)
# Text as chance makes it. No token is written out here: scanners would find it.
LETTERS = "aB3dE6gH1jK4mN7pQ0sT2vW5yZ8"
HEX = "0a1b2c3d4e5f6789"


def chance(size: int, of: str = LETTERS) -> str:
    return (of * (size // len(of) + 1))[:size]


def words(text: str) -> list[str]:
    return text.split()


def key_block(kind: str, end: str = "") -> str:
    label = f"{kind}PRIVATE KEY{end}"
    body = "\n".join([chance(64), chance(64), chance(40) + "=="])
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"


def masked(text: str, redactor: Redactor = REDACTOR) -> str:
    return redactor.text(text)[0]


JWT = ".".join(["eyJ" + chance(20), "eyJ" + chance(30), chance(43)])
# By rule: what surrounds a secret, `{}` for the secret, and secrets.
MASKED: list[tuple[str, str, str]] = [
    ("private-key", "x\n-----{}-----\ny", key_block("")[5:-5]),
    ("private-key", "KEY='-----{}-----'", key_block("RSA ")[5:-5]),
    ("private-key", "-----{}-----", key_block("OPENSSH ")[5:-5].replace("\n", "\r\n")),
    ("private-key", "-----{}-----", key_block("PGP ", " BLOCK")[5:-5]),
    ("private-key", '{"key": "-----{}-----"}', key_block("ENCRYPTED ")[5:-5].replace("\n", "\\n")),
    # Cut short, as `head` does.
    ("private-key", "-----{}\nand text", "\n".join(key_block("EC ")[5:].split("\n")[:3])),
    ("aws-access-key", "id {}, and", "AKIA" + chance(16).upper()),
    ("aws-access-key", "{}", "ASIA" + chance(16).upper()),
    ("aws-secret-key", "aws-key: {}", chance(40)),
    ("aws-secret-key", "aws.key,{},x", chance(39) + "/"),
    *(("github", "a {} b", f"gh{kind}_" + chance(36)) for kind in "pousr"),
    ("github", "https://{}.example", "github" + "_pat_" + chance(82)),
    ("gitlab", "a {}", "glpat" + "-" + chance(20)),
    ("gitlab", "a {}", "gldt" + "-" + chance(20)),
    ("slack", "a {}", "xoxb" + "-1234567890-" + chance(24)),
    ("slack", "a {}", "xoxp" + "-1234567890-" + chance(24)),
    ("webhook", "https://hooks.slack.com/services/{} x", "T0000/B0000/" + chance(24)),
    ("webhook", "https://discord.com/api/webhooks/{}", "123456789/" + chance(60)),
    ("google", "key={}&x", "AI" + "za" + chance(35)),
    ("google", "a {}", "ya29" + "." + chance(60)),
    ("google", "a {}", "GOCSPX" + "-" + chance(28)),
    ("stripe", "a {}", "sk_" + "live_" + chance(24)),
    ("stripe", "a {}", "rk_" + "live_" + chance(24)),
    ("stripe", "a {}", "sk_" + "test_" + chance(24)),
    ("openai", "a {}", "sk" + "-" + chance(48)),
    ("openai", "a {}", "sk" + "-proj-" + chance(48)),
    ("openai", "a {}", "sk" + "-ant-api03-" + chance(48)),
    ("npm", "//registry/:x {}", "npm" + "_" + chance(36)),
    ("pypi", "a {}", "pypi" + "-AgE" + chance(60)),
    ("hugging-face", "a {}", "hf" + "_" + chance(34)),
    ("sendgrid", "a {}", "SG" + "." + chance(22) + "." + chance(43)),
    ("twilio", "a {} b", "SK" + chance(32, HEX)),
    ("digitalocean", "a {}", "dop" + "_v1_" + chance(64, HEX)),
    ("docker", "a {}", "dckr" + "_pat_" + chance(27)),
    ("vault", "a {}", "hvs" + "." + chance(90)),
    ("telegram", "bot123456789:{}/getMe", "AA" + chance(33)),
    ("azure-storage", "AccountName='x';AccountKey={}", chance(86) + "=="),
    ("cloud-token", "a {}", "shpat" + "_" + chance(32, HEX)),
    ("cloud-token", "a {}", "glsa" + "_" + chance(32) + "_" + chance(8, HEX)),
    ("jwt", "a {} b", JWT),
    ("jwt", "Authorization: Bearer {}", JWT),
    ("authorization", "Authorization: Bearer {}", chance(20)),
    ("authorization", "curl -H 'Authorization: Bearer {}' x", chance(20)),
    ("authorization", "> authorization: basic {}", "dXNlcjpwYXNz"),
    ("url-password", "postgres://user:{}@db.example:5432/x", "pa55w0rd"),
    ("url-password", "git clone https://x:{}@host/y.git", "s3cr@t!"),
    ("url-password", "redis://:{}@cache", "open-sesame"),
    ("login", "curl -s -u joe:{} http://x", "sesame99"),
    ("login", "curl --user 'joe:{}' http://x", "sesame99"),
    ("login", "sshpass -p {} ssh host", "sesame99"),
    ("login", "mysql -u root -p{} db", "sesame99"),
    ("login", "docker login -u joe -p {} registry", "sesame99"),
    ("option", "app --password {} --verbose", "sesame99"),
    ("option", "app --token {}", "sesame99"),
    ("option", 'app --db-password "{}" x', "open sesame"),
    ("option", "app --api-key '{}'", "open sesame"),
    ("assignment", "PASSWORD={}", "hunter2"),
    ("assignment", "PASSWORD={} ./run", "hunter2"),
    ("assignment", 'export DB_TOKEN="{}"', 'open \\"sesame\\"'),
    ("assignment", "export DB_TOKEN='{}' x", "$ not a reference"),
    ("assignment", "app --password={} x", "hunter2"),
    ("assignment", "https://x/y?access_token={}&z=1", "hunter2"),
    ("assignment", "password = {}", "hunter2"),
    ("assignment", "{client_secret={}}", "hunter2"),
    ("assignment", "MYSQL_PWD={}", "hunter2"),
    ("assignment", "SMTP_PASS={}", "hunter2"),
    ("assignment", "PGPASSWORD={} psql", "hunter2"),
    ("assignment", "dbPassword := '{}'", "hunter2"),
    ("assignment", "APP_SECRET_KEY={}", "hunter2"),
    ("assignment", "ENCRYPTION_KEY={}", "hunter2"),
    ("assignment", "//registry.npmjs.org/:_authToken={}", "hunter2"),
    ("assignment", "PASSWORD={}", "pässwört"),
    ("assignment", "config['password'] = '{}'", "hunter2"),
    ("property", '{"password": "{}"}', "open sesame"),
    ("property", '{"user":"joe","accessToken":"{}","x":1}', "hunter2"),
    ("property", "{'client_secret': '{}'}", "hunter2"),
    ("property", "password: '{}'", "hunter2"),
    ("property", '"{\\"token\\": \\"{}\\"}"', "hunter2"),
    ("entry", "db:\n  password: {}\n  host: x", "hunter2"),
    ("entry", "api_key: {} # of the test system", "hunter2"),
    ("entry", "< X-Auth-Token: {}\r\n", "hunter2"),
    ("header", "curl -H 'X-Api-Key: {}' x", "hunter2"),
    ("header", 'curl -H "PRIVATE-TOKEN: {}" x', "hunter2"),
    ("element", "<server><password>{}</password></server>", "hunter2"),
]
STAYING = [
    "192.168.0.1 10.0.0.255 fe80::1 ::1 2001:db8::8a2e:370:7334",
    "password=192.168.0.1",
    "commit " + chance(40, HEX),
    "aws-cli " + chance(40, HEX),
    "sha256:" + chance(64, HEX),
    "550e8400-e29b-41d4-a716-446655440000",
    "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 9).decode(),
    "PASSWORD_FILE=/run/secrets/db",
    "token_count=12345678",
    "max_tokens=4096 tokens: 12345",
    "tokenizer=bert-base author=joe authority: example.com",
    "PASSWORD=$PASSWORD TOKEN=${TOKEN} SECRET=$(pass show x) API_KEY=`cat key`",
    'PASSWORD="$PASSWORD"',
    "app --token $TOKEN --password=$PASSWORD",
    "app --token-file token.txt --password-stdin",
    "app --no-auth --no-password --verbose",
    "Password: ",
    "Enter password:",
    "password:",
    "token = True, secret: false, password=null, TOKEN=",
    "auth=none",
    "PASSWORD=12",
    "password: str = Field(...)",
    "token = get_token(request)",
    "token: Optional[str] = None",
    "secret = os.environ['X']",
    "password=<password>",
    "password=********",
    "if token == other: pass",
    "error: invalid token: unexpected end of input",
    "the secret: never give up",
    "https://host:8080/path@version",
    "http://user@host/",
    "ssh user@host:path",
    "git@github.com:user/repository.git",
    "SSH_AUTH_SOCK=/tmp/ssh-x/agent.1",
    "token_type=bearer auth_url=https://x",
    "<password></password>",
    "-----BEGIN CERTIFICATE-----\n" + chance(64) + "\n-----END CERTIFICATE-----",
    "grep 'BEGIN RSA PRIVATE KEY' -----BEGIN RSA " + "PRIVATE KEY-----",
    "sk-estimator-doc-link sk-toggleable__label-arrow",
    "AKIA ASIA ghp_ glpat- sk- xoxb- hf_",
    "time 12:34:56 ratio 1:2",
    "curl -u joe http://x",
    "mkdir -p secret/path; mysql -p db",
    "secretName: my-secret",
    "TOKEN",
    "",
]


@pytest.mark.parametrize(("rule", "text", "secret"), MASKED)
def test_a_secret_is_masked_without_its_surroundings(rule: str, text: str, secret: str) -> None:
    redacted, counts = REDACTOR.text(text.replace("{}", secret))
    assert (redacted, dict(counts)) == (text.replace("{}", MASK), {rule: 1})


@pytest.mark.parametrize("text", STAYING)
def test_text_without_a_secret_is_not_changed(text: str) -> None:
    assert REDACTOR.text(text) == (text, {})


def test_every_rule_has_a_sample() -> None:
    assert {rule for rule, _, _ in MASKED} == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_works_alone_and_when_others_are_disabled(rule: Rule) -> None:
    others = Redactor(load_rules({}, {rule.name}))
    alone = Redactor(load_rules({}, {each.name for each in RULES} - {rule.name}))
    samples = [text.replace("{}", secret) for name, text, secret in MASKED if name == rule.name]
    assert [dict(alone.text(sample)[1]) for sample in samples] == [{rule.name: 1}] * len(samples)
    assert all(rule.name not in others.text(sample)[1] for sample in samples)


@pytest.mark.parametrize(("rule", "text", "secret"), MASKED)
def test_masked_text_is_not_masked_again(rule: str, text: str, secret: str) -> None:
    redacted = masked(text.replace("{}", secret))
    assert REDACTOR.text(redacted) == (redacted, {})


@pytest.mark.parametrize(("rule", "text", "secret"), MASKED)
def test_invalid_utf_8_does_not_hide_a_secret(rule: str, text: str, secret: str) -> None:
    data = b"\xff\n" + text.replace("{}", secret).encode() + b"\n\xfe"
    redacted, counts = REDACTOR.data(data)
    assert redacted == b"\xff\n" + text.replace("{}", MASK).encode() + b"\n\xfe"
    assert dict(counts) == {rule: 1}


def test_many_secrets_of_a_text_are_counted_by_rule() -> None:
    text = f"TOKEN=abcdef1 and {'ghp_' + chance(36)}\nx\nPASSWORD='a b c d' TOKEN=ghijkl1\n"
    redacted, counts = REDACTOR.text(text)
    assert redacted == f"TOKEN={MASK} and {MASK}\nx\nPASSWORD='{MASK}' TOKEN={MASK}\n"
    assert dict(counts) == {"assignment": 3, "github": 1}


def test_passwords_of_several_commands_in_a_line_are_masked() -> None:
    text = "docker ps; sshpass -p sesame99 ssh h docker login -p hunter22; mysql -phunter33"
    expected = f"docker ps; sshpass -p {MASK} ssh h docker login -p {MASK} mysql -p{MASK}"
    assert masked(text).replace(f"{MASK};", MASK) == expected


@pytest.mark.parametrize(
    "text", ["a login ghp_{}\r -p x", "begin ghp_{}\n\nend", "\n\nbegin ghp_{}\r\nend ghp_{}"]
)
def test_a_hint_that_extends_across_lines_hides_no_secret(text: str) -> None:
    redactor = Redactor(load_rules({"own": r"\s*begin[^;]*\send"}, ()))
    token = chance(36)
    assert redactor.text(text.replace("{}", token))[0] == text.replace("ghp_{}", MASK)


@pytest.mark.parametrize("end", ["", "\n", "\nmore"])
def test_text_around_what_only_looks_like_the_beginning_of_a_key_is_masked(end: str) -> None:
    begin = "-----BEGIN RSA " + "PRIVATE KEY-----"
    text = f"PASSWORD=hunter2 {begin} TOKEN=sesame99{end}"
    assert masked(text) == text.replace("hunter2", MASK).replace("sesame99", MASK)


def test_colours_inside_a_secret_follow_the_mask() -> None:
    token = "ghp_" + chance(36)
    text = f"\x1b[1ma\x1b[m {token[:9]}\x1b[31m{token[9:20]}\x1b[0m{token[20:]}\x1b[K b"
    assert masked(text) == f"\x1b[1ma\x1b[m {MASK}\x1b[31m\x1b[0m\x1b[K b"


def test_a_link_around_a_secret_stays_whole() -> None:
    text = "\x1b]8;;http://x\x1b\\PASSWORD=\x1b[1mhunter2\x1b]8;;\x07 ."
    assert masked(text) == text.replace("hunter2", MASK)


# Values of variables.


@pytest.mark.parametrize(
    "shown",
    [
        "open, sesame!",
        quote("open, sesame!"),
        base64.b64encode(b"open, sesame!").decode(),
        base64.b64encode(b"user:open, sesame!").decode(),
        base64.b64encode(b"me:open, sesame!").decode(),
        "open\\,\\ sesame\\!",
    ],
)
def test_a_learned_value_is_found_quoted_and_encoded(shown: str) -> None:
    redactor = Redactor(RULES)
    redactor.learn({"DB_PASSWORD": "open, sesame!"})
    redacted, counts = redactor.text(f"x{shown}y")
    assert shown not in redacted
    assert dict(counts) == {"variable": 1}


def test_only_long_lines_of_a_value_are_learned() -> None:
    redactor = Redactor(RULES)
    redactor.learn({"NOTES_SECRET": "the first line\n short\n  the third line\n"})
    assert masked("a the third line, short, the first line", redactor) == f"a {MASK}, short, {MASK}"


@pytest.mark.parametrize("value", ["", "12345", "true", "localhost", "Password", "127.0.0.1:8080"])
def test_a_common_value_is_not_learned(value: str) -> None:
    redactor = Redactor(RULES)
    redactor.learn({"X_TOKEN": value})
    assert redactor.text(f"a {value} b") == (f"a {value} b", {})


def test_the_longer_of_two_values_is_masked_whole() -> None:
    redactor = Redactor(RULES)
    redactor.learn({"A_TOKEN": "sesame"})
    redactor.learn({"B_TOKEN": "sesame street"})
    assert masked("in sesame street, sesame", redactor) == f"in {MASK}, {MASK}"


def test_a_value_is_learned_once() -> None:
    redactor = Redactor(RULES)
    redactor.learn({"A_TOKEN": "sesame"})
    before = redactor.generation
    redactor.learn({"A_TOKEN": "sesame"})
    redactor.learn({"B_TOKEN": "sesame", "C_TOKEN": "true"})
    assert redactor.generation == before


def test_a_value_with_colours_is_found_as_it_is_shown() -> None:
    redactor = Redactor(RULES)
    redactor.learn({"X_TOKEN": "open\x1b[1m sesame\x1b[m"})
    assert masked("a open\x1b[1m sesame\x1b[m b open sesame", redactor).count(MASK) == 2


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=8), st.text(), st.text())
def test_learned_values_are_masked_everywhere(value: str, before: str, behind: str) -> None:
    redactor = Redactor(())
    redactor.learn({"X_TOKEN": f"~y{value}y"})
    counts = redactor.text(f"{before}\n~y{value}y\n{behind}")[1]
    assert counts["variable"] >= 1


@given(st.text())
def test_text_without_secrets_is_unchanged(text: str) -> None:
    assert Redactor(()).text(text) == (text, {})


# Rules of the user.


def test_an_added_rule_is_counted_by_its_name() -> None:
    redactor = Redactor(load_rules({"acme": "ACME-[0-9]{8}"}, ()))
    assert redactor.text("id ACME-12345678.") == (f"id {MASK}.", {"acme": 1})


def test_an_added_rule_masks_its_group_secret() -> None:
    redactor = Redactor(load_rules({"acme": "(?i)acme id (?P<secret>[0-9]+)"}, ()))
    assert masked("Acme ID 12345678.", redactor) == f"Acme ID {MASK}."


def test_an_added_rule_replaces_the_known_one_of_its_name() -> None:
    redactor = Redactor(load_rules({"github": "GITHUB-[0-9]{8}"}, ()))
    assert masked("GITHUB-12345678", redactor) == MASK
    assert masked("ghp_" + chance(36), redactor) == "ghp_" + chance(36)


def test_masking_does_not_split_a_character() -> None:
    redactor = Redactor(load_rules({"umlauts": "ä[^ ]{5}"}, ()))  # five bytes
    assert masked("x äöüßé€ y", redactor) == f"x {MASK}é€ y"


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ({"acme": "ACME-("}, r"rule 'acme': invalid pattern 'ACME-\(': missing \)"),
        ({"acme": "(?=x)"}, r"rule 'acme': invalid pattern .*: invalid perl operator"),
        ({"acme": "x*"}, r"rule 'acme': the pattern 'x\*' matches empty text"),
        ({"": "x"}, r"invalid name of a redaction rule: ''"),
        ({"variable": "x"}, r"invalid name of a redaction rule: 'variable'"),
    ],
)
def test_a_wrong_rule_is_named_with_what_is_wrong(added: dict[str, str], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        load_rules(added, ())


def test_disabling_an_unknown_rule_names_the_known_ones() -> None:
    with pytest.raises(RuleError, match=r"no redaction rule 'gihub' .*: acme, assignment,.* jwt"):
        load_rules({"acme": "x"}, ["gihub"])


def test_an_added_rule_can_be_switched_off() -> None:
    assert "acme" not in {rule.name for rule in load_rules({"acme": "x"}, ["acme"])}


# Names.


@pytest.mark.parametrize(
    "name",
    words(
        "PASSWORD password DB_PASSWORD DB_PASSWORD_PROD dbPassword DBPassword PGPASSWORD MYSQL_PWD"
        " SMTP_PASS PASSPHRASE GPG_PASSPHRASE SECRET CLIENT_SECRET SECRET_KEY_BASE GITHUB_TOKEN"
        " EFFECTTALK_TOKEN API_KEY APIKEY x-api-key OPENAI_API_KEY AWS_SECRET_ACCESS_KEY ACCESS_KEY"
        " PRIVATE_KEY SSH_PRIVATE_KEY CREDENTIALS AWS_CREDENTIAL NPM_AUTH AUTH_TOKEN_2 ENCRYPTION_KEY"
        " SSH_KEY SecretAccessKey _authToken"
    ),
)
def test_a_secret_name_is_recognized(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    words(
        "PWD OLDPWD _HOOK_PWD PASSWORD_FILE SECRETS_PATH TOKEN_URL TOKEN_COUNT MAX_TOKENS TOKENIZER AUTHOR"
        " AUTHORITY SSH_AUTH_SOCK KEY KEYBOARD PUBLIC_KEY AWS_ACCESS_KEY_ID PASS COMPASS BYPASS"
        " SECRETARY NO_PASSWORD PASSWORD_PROMPT API_KEY_NAME PATH _ x MONKEY"
    ),
)
def test_a_harmless_name_is_recognized(name: str) -> None:
    assert not is_secret_name(name)


def test_re2_is_not_imported_before_it_is_needed() -> None:
    code = """
import sys
from effecttalk_kernel.safety.redaction import redactor, rules, stream, vault
rules.load_rules({}, ())
before = "re2" in sys.modules
redactor.Redactor(())
print(before, "re2" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False True\n", done.stderr
