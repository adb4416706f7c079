"""Sealed states: the state that bash prints, sealed and unsealed."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.safety.redaction.redactor import Redactor
from effecttalk_kernel.safety.redaction.rules import load_rules
from effecttalk_kernel.safety.redaction.statements import split_statements
from effecttalk_kernel.safety.redaction.vault import Vault, secret_values
from tests.support.shell_state import BASH, GITHUB, bash, state

RULES = load_rules({}, ())
KEY = "\n".join(["-----BEGIN RSA " + "PRIVATE KEY-----", "aB3d" * 16, "aB3d" * 9 + "=="])
KEY += "\n-----END RSA " + "PRIVATE KEY-----"


def vault() -> Vault:
    return Vault(Redactor(RULES))


def seal(keeper: Vault, script: bytes) -> bytes:
    return b"".join(keeper.seal([script]))


def restored(script: bytes, command: str) -> bytes:
    """What *command* prints in a shell that sourced *script*."""
    # Readonly variables of bash itself are declared too: that fails and does no harm.
    return bash(b"shopt -s extglob\n. /dev/stdin <<'SCRIPT' 2>/dev/null\n%b\nSCRIPT\n%b\n"
                % (script, command.encode()))  # fmt: skip


NASTY = [
    "plain-value-1",
    "with spaces, and more",
    "quo\"tes 'of' `both` kinds",
    "dollar $HOME ${x} $(date) \\ back\\\\slash",
    "line one of it\nline two of it\n",
    "tab\tbell\a escape\x1b[31m delete\x7f",
    "ünïcödé ✓ 🎉 and more",
    "not utf-8: \udcff\udcfe",
    "!history! *glob* [a-z]? {a,b} ~ #",
    "a;b&c|d<e>f(g)h",
    "'",
    "long" * 2_000,
    'declare -x FAKE_TOKEN="x"\ndeclare -- y=\'',
]


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("name", ["DB_PASSWORD", "PLAIN"])
def test_a_sealed_state_is_unsealed_byte_for_byte(value: str, name: str) -> None:
    script = bash("declare -p; set -- \"$DB_PASSWORD\"; printf '%q\\n' \"$@\"; alias x=\"$DB_PASSWORD\""
                  "; alias -p", **{name: value})  # fmt: skip
    keeper = vault()
    sealed = seal(keeper, script)
    assert keeper.unseal(sealed, {}) == (script, ())
    if name == "DB_PASSWORD" and len(value) > 1:
        assert secret_values(sealed)[name].startswith("•••")
        encoded = value.encode(errors="surrogateescape")
        assert all(line not in sealed for line in encoded.splitlines() if len(line) > 6)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
@settings(max_examples=30, deadline=None)
def test_any_value_is_unsealed_byte_for_byte(value: str) -> None:
    script = bash('declare -p X_TOKEN; declare -a Y_SECRETS=("$X_TOKEN" "a b"); declare -p Y_SECRETS',
                  X_TOKEN=value)  # fmt: skip
    keeper = vault()
    assert secret_values(script) | {"Y_SECRETS": value} == {
        "X_TOKEN": value, "Y_SECRETS": value, "Y_SECRETS[1]": "a b"
    }  # fmt: skip
    assert keeper.unseal(seal(keeper, script), {}) == (script, ())


def test_sourcing_a_sealed_state_sets_placeholders() -> None:
    setup = """
        export DB_PASSWORD="open, sesame"
        declare -a MY_SECRETS=("first secret" "second secret")
        declare -A AUTH_TOKEN=(["a key"]="third secret")
        declare -i PIN_TOKEN=123456
        declare -u CODE_SECRET=abcdefgh
        declare -l LOWER_SECRET=ABCDEFGH
        declare -n REF_TOKEN=DB_PASSWORD
        greet() { echo "open, sesame"; }
    """
    keeper = vault()
    script = state(setup)
    sealed = seal(keeper, script)
    names = "DB_PASSWORD MY_SECRETS[0] MY_SECRETS[1] PIN_TOKEN CODE_SECRET LOWER_SECRET REF_TOKEN"
    shown = restored(sealed, f'for n in {names}; do echo "${{!n}}"; done; greet'
                     '; echo "${AUTH_TOKEN[a key]}"').decode().splitlines()  # fmt: skip
    assert [line[:3] + line[-3:] for line in shown] == ["••••••"] * 9
    assert shown[0] == shown[6] == shown[7]
    assert keeper.unseal(sealed, {}) == (script, ())


def test_sealing_removes_secrets_in_any_quoting() -> None:
    setup = f"""
        export DB_PASSWORD='it'"'"'s "open" $esame!' API_KEY=plain-value-1
        alias link="app \\"$DB_PASSWORD\\" '$API_KEY'"
        connect() {{ app "it's \\"open\\" \\$esame!" plain-value-1; }}
        trap 'app plain-value-1' USR1
        NOTE=$'line\\n{GITHUB}\\n'; URL=https://joe:pa55word@host/
        SSH_NOTE='{KEY}'
        COMMAND='curl -H "X-Api-Key: hunter2" -u joe:sesame99'
        here() {{ cat <<EOF
TOKEN={GITHUB}
}}
EOF
        }}
        set -- "$DB_PASSWORD" plain-value-1
    """
    keeper = vault()
    script = state(setup)
    sealed = seal(keeper, script)
    for secret in (
        "open",
        "esame!",
        "plain-value",
        GITHUB,
        "pa55word",
        "aB3d",
        "hunter2",
        "sesame99",
    ):
        assert secret.encode() in script
        assert secret.encode() not in sealed
    assert b"https://joe:\xe2\x80\xa2" in sealed
    assert keeper.unseal(sealed, {}) == (script, ())
    checked = subprocess.run([BASH, "-O", "extglob", "-n"], input=sealed, capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_equal_secrets_have_equal_placeholders_in_one_vault_only() -> None:
    script = bash("declare -p", A_TOKEN="same value", B_TOKEN="same value", C_TOKEN="other value")
    sealed = [secret_values(seal(vault(), script)) for _ in range(2)]
    first = sealed[0]
    assert first["A_TOKEN"] == first["B_TOKEN"] != first["C_TOKEN"]
    assert first["A_TOKEN"] != sealed[1]["A_TOKEN"]


def test_a_switch_with_a_secret_name_is_not_masked() -> None:
    script = bash("declare -p", USE_TOKEN="true", AUTH="none", X_SECRET="", TOKEN_FILE="/run/x")
    assert seal(vault(), script) == script


def test_sealing_again_gives_the_same() -> None:
    keeper = vault()
    script = state("f() { echo plain-value-1; }", API_KEY="plain-value-1")
    sealed = seal(keeper, script)
    assert seal(keeper, script) == sealed
    assert seal(keeper, sealed) == sealed
    other = script.replace(b"umask 0022", b"umask 0027")
    assert seal(keeper, other) == sealed.replace(b"umask 0022", b"umask 0027")


def test_a_secret_that_is_new_is_found_in_what_was_sealed_before() -> None:
    keeper = vault()
    first = bash("declare -p", NOTE="the open sesame")
    assert b"sesame" in seal(keeper, first)
    second = bash("declare -p", NOTE="the open sesame", X_TOKEN="open sesame")
    assert b"sesame" not in seal(keeper, second)
    assert b"sesame" not in seal(keeper, first)


# What another kernel has sealed.


def test_secrets_of_another_vault_come_from_the_environment() -> None:
    script = bash("declare -p", API_KEY="plain-value-1", HOME="/home/joe")
    opened, lost = vault().unseal(seal(vault(), script), {"API_KEY": 'new "$value"\n\\'})
    assert lost == ()
    assert secret_values(opened) == {"API_KEY": 'new "$value"\n\\'}
    assert restored(opened, "declare -p API_KEY HOME") == bash(
        "declare -p API_KEY HOME", API_KEY='new "$value"\n\\', HOME="/home/joe"
    )


def test_unknown_secrets_are_omitted_and_reported() -> None:
    setup = f"""
        export API_KEY=plain-value-1 X_TOKEN=other-value-2
        declare -a MY_SECRETS=("first secret")
        greet() {{ echo plain-value-1; }}
        alias hello='echo plain-value-1'
        URL=https://joe:pa55word@host/ SITE=https://joe:pa66word@host/
        trap 'echo {GITHUB}' USR1
    """
    sealed = seal(vault(), state(setup))
    environment = {"X_TOKEN": "other-value-2", "MY_SECRETS": "x", "URL": "https://joe:new@host/",
                   "SITE": "https://elsewhere/"}  # fmt: skip
    opened, lost = vault().unseal(sealed, environment)
    assert lost == ("API_KEY", "MY_SECRETS", "SITE", "greet", "hello", "trap")
    shown = restored(opened, 'echo "${API_KEY-gone} $X_TOKEN ${MY_SECRETS-gone} $URL"; greet')
    first, second = shown.decode().splitlines()
    assert first == "gone other-value-2 gone https://joe:new@host/"
    assert second.startswith("•••")


def test_a_script_without_placeholders_is_not_touched() -> None:
    script = bash("declare -p", HOME="/home/joe")
    assert vault().unseal(script, {"HOME": "/root"}) == (script, ())


# Reading a state.


@pytest.mark.parametrize(
    ("printed", "values"),
    [
        ('declare -x X_TOKEN="a \\"b\\" \\$c \\`d\\` \\\\"\n', {"X_TOKEN": 'a "b" $c `d` \\'}),
        # As bash 5.1 and older print it.
        (
            'declare -x X_TOKEN="a\ndeclare -x Y_TOKEN=\n"\n',
            {"X_TOKEN": "a\ndeclare -x Y_TOKEN=\n"},
        ),
        (
            "declare -- X_TOKEN=$'a\\n\\t\\E\\'\\\\\\001\\303\\274'\n",
            {"X_TOKEN": "a\n\t\x1b'\\\x01ü"},
        ),
        ("declare -ar X_TOKEN=([0]=\"a\" [2]=$'b\\n')\n", {"X_TOKEN": "a", "X_TOKEN[1]": "b\n"}),
        ('declare -A X_TOKEN=([k]="a" ["k ]="]="b" )\n', {"X_TOKEN": "a", "X_TOKEN[1]": "b"}),
        ("declare -a X_TOKEN=()\n", {}),
        ("declare -x X_TOKEN\n", {}),
        ('declare -n X_TOKEN="PATH"\n', {}),
        ('declare -i X_TOKEN="17"\n', {"X_TOKEN": "17"}),
        ('declare -- PATH="secret"\n', {}),
        ('declare -- X_TOKEN="cut sh', {}),
    ],
)
def test_the_values_of_secret_variables_are_read(printed: str, values: dict[str, str]) -> None:
    assert secret_values(printed.encode()) == values


@given(st.binary())
def test_the_parts_of_any_bytes_are_the_same_bytes(data: bytes) -> None:
    assert b"".join(part.text for part in split_statements(data)) == data


@given(st.lists(st.sampled_from(
    ["declare -x X_TOKEN=", "declare -- A", '"', "'", "$'", "\\", "\n", "f () \n{ \n", "}", "secret value",
     "alias a=", "(", ")", "[0]=", " ", GITHUB, "PASSWORD=hunter2", "•••0123456789ab•••"]
)))  # fmt: skip
def test_any_script_is_unsealed_byte_for_byte(pieces: list[str]) -> None:
    keeper = vault()
    script = "".join(pieces).encode()
    opened, _ = keeper.unseal(seal(keeper, script), {})
    assert "•••0123456789ab•••" in pieces or opened == script


def test_a_state_with_a_thousand_functions_is_read_as_it_is() -> None:
    functions = "\n".join(f"f{n}() {{ case $1 in a) echo '}}';; esac; }}" for n in range(1_000))
    script = state(functions)
    parts = [part for part in split_statements(script) if part.name.startswith("f")]
    assert len(parts) == 1_000
