"""Write the hashes of newly released model files to released_models.json; a hash once written never changes.

Run it when a file is added to models/. A released file that has changed is refused: give it a new version instead.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bayes_sora.modelfile import list_models

FROZEN = Path(__file__).with_name("released_models.json")


def main() -> None:
    """Add the missing names, in alphabetical order."""
    frozen: dict[str, str] = json.loads(FROZEN.read_text(encoding="utf-8")) if FROZEN.exists() else {}
    current = {model.name: model.sha256 for model in list_models()}
    changed = [name for name, sha256 in frozen.items() if current.get(name) != sha256]
    if changed:
        sys.exit(f"released files have changed: {', '.join(changed)}; restore them and release a new version")
    FROZEN.write_text(json.dumps(dict(sorted(current.items())), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
