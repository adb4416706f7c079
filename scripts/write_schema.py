"""Write docs/record.schema.json, the schema of the record that a notebook holds of a block."""

import json
from pathlib import Path

from effecttalk_kernel.output.record_schema import Record

SCHEMA = Path(__file__).parent.parent / "docs" / "record.schema.json"


def schema_text() -> str:
    """Return the text of the schema file."""
    return f"{json.dumps(Record.model_json_schema(), indent=2, sort_keys=True)}\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
