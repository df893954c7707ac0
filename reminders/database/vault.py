"""Seals what a stolen database must not tell: names, numbers, addresses, texts.

The rule: AES-256-GCM with a fresh random nonce; a sealed value opens only in the table, row and column it was
sealed for; the keys stand in one file that only its owner may read, never in the database.
Sources: NIST SP 800-38D (96-bit random nonces: at most 2**32 values under one key), FIPS 198-1 (keyed hash).
"""

import hmac
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reminders.errors import ConfigurationError, OperationError

_FORMAT = 1  # first byte of a sealed value; then the key's number, the nonce, ciphertext with tag
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 32
_LAST_NUMBER = 255


class Vault:
    """The keys of one installation. Values sealed under an older key still open after `rotate`."""

    def __init__(self, *, keys: Mapping[int, bytes], active: int, lookup: bytes) -> None:
        if any(len(key) != _KEY_BYTES for key in (*keys.values(), lookup)):
            raise ValueError("a key has 32 bytes")
        if not all(0 < number <= _LAST_NUMBER for number in keys):
            raise ValueError("keys are numbered from 1 to 255")
        self._keys = dict(keys)
        self._ciphers = {bytes((_FORMAT, number)): AESGCM(key) for number, key in keys.items()}
        self._header = bytes((_FORMAT, active))
        self._cipher = self._ciphers[self._header]
        self._lookup = lookup

    def __repr__(self) -> str:
        return f"<Vault with {len(self._keys)} keys>"

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new key file, 0600. Raises ConfigurationError where one stands already: its keys may be in use."""
        vault = cls(keys={1: _new_key()}, active=1, lookup=_new_key())
        vault._write(path)
        return vault

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises ConfigurationError for a file that is missing, damaged, or open to other accounts."""
        text = _read_private(path)
        try:
            content = json.loads(text)
            keys = {int(number): b64decode(key, validate=True) for number, key in content["keys"].items()}
            return cls(keys=keys, active=content["active"], lookup=b64decode(content["lookup"], validate=True))
        except (ValueError, KeyError, TypeError, AttributeError):
            # What is wrong in it stays unsaid: a parser's message may quote a key.
            raise ConfigurationError(f"the key file {path} is damaged: restore it from its backup") from None

    @classmethod
    def rotate(cls, path: Path) -> Self:
        """Adds a key to the file and seals with it from now on; the lookup key stays, or nothing would be found.

        Two rotations at once would lose a key: the second is refused, by the temporary file of the first.
        """
        old = cls.load(path)
        number = max(old._keys) + 1
        if number > _LAST_NUMBER:
            raise ConfigurationError(f"the key file {path} is full")
        vault = cls(keys={**old._keys, number: _new_key()}, active=number, lookup=old._lookup)
        beside = path.with_name(path.name + ".new")
        vault._write(beside)
        beside.replace(path)
        _sync_folder(path)
        return vault

    def seal(self, table: str, row: str | int, column: str, text: str) -> bytes:
        """`text` as bytes that only `open` with the same table, row and column can read."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._header + nonce + self._cipher.encrypt(nonce, text.encode(), _place(table, row, column))

    def open(self, table: str, row: str | int, column: str, sealed: bytes) -> str:
        """Raises OperationError where the value was changed, moved here, or sealed with a key not in the file."""
        header, nonce, ciphertext = sealed[:2], sealed[2 : 2 + _NONCE_BYTES], sealed[2 + _NONCE_BYTES :]
        cipher = self._ciphers.get(header)
        if cipher is None:
            raise OperationError(f"{table}.{column} of {row} needs a key that the key file does not hold")
        try:
            return cipher.decrypt(nonce, ciphertext, _place(table, row, column)).decode()
        except (InvalidTag, ValueError):  # ValueError: cut so short that not even the nonce is whole
            raise OperationError(
                f"{table}.{column} of {row} does not open: it was changed, moved or sealed with another key"
            ) from None

    def knows(self, sealed: bytes) -> bool:
        """Whether the file holds a key of the number that sealed a value; of what is damaged nobody can tell."""
        whole = (
            sealed[:1] == bytes((_FORMAT,)) and sealed[1:2] > bytes(1) and len(sealed) > 2 + _NONCE_BYTES + _TAG_BYTES
        )
        return sealed[:2] in self._ciphers or not whole

    def lookup(self, kind: str, normalized: str) -> str:
        """A keyed hash, 64 hex digits: equal for equal texts of a kind, and of no use without the key file."""
        return hmac.digest(self._lookup, f"{len(kind)}:{kind}{normalized}".encode(), "sha256").hex()

    def _write(self, path: Path) -> None:
        content: dict[str, Any] = {
            "active": self._header[1],
            "keys": {str(number): b64encode(key).decode() for number, key in self._keys.items()},
            "lookup": b64encode(self._lookup).decode(),
        }
        try:
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError as error:
            raise ConfigurationError(f"{path} exists already and is not overwritten") from error
        except OSError as error:
            raise ConfigurationError(f"cannot write the key file {path}: {error.strerror}") from error
        with open(file, "w", encoding="ascii") as stream:
            stream.write(json.dumps(content, indent=2) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        _sync_folder(path)


def _new_key() -> bytes:
    return AESGCM.generate_key(8 * _KEY_BYTES)


def _place(table: str, row: str | int, column: str) -> bytes:
    # Each part with its length, so that no two places read the same when joined.
    row = str(row)
    return f"{len(table)}:{table}{len(row)}:{row}{len(column)}:{column}".encode()


def _read_private(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as stream:
            if os.fstat(stream.fileno()).st_mode & 0o077:
                raise ConfigurationError(f"the key file {path} is open to other accounts: chmod 600 {path}")
            return stream.read()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"no key file at {path}: restore it from its backup (only a new installation gets one by `reminders init`)"
        ) from error
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"the key file {path} cannot be read") from None


def _sync_folder(path: Path) -> None:
    # Without this a power cut may forget the file's name though its content was written.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
