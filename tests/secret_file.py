"""A secret's file as an operator should make it."""

from pathlib import Path


def write_secret(file: Path, content: str | bytes, mode: int = 0o600) -> Path:
    """For its owner alone, unless a test says otherwise."""
    file.touch()
    file.chmod(mode)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file
