"""Write docs/record.schema.json: what the notebook keeps of a block."""

import json
from pathlib import Path

from effecttalk_kernel.output.record_schema import Record

SCHEMA = Path(__file__).parent.parent / "docs" / "record.schema.json"


def schema_text() -> str:
    """Return the schema as it stands in the file."""
    return f"{json.dumps(Record.model_json_schema(), indent=2, sort_keys=True)}\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
