"""A runner's own key: made once, kept in a file that its owner alone reads, never sent anywhere.

Ed25519 (RFC 8032), by `cryptography`. What is signed is a challenge of the server's, so that no
clock of the runner's matters.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from matrix.errors import CoevoError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE = "runner.key"
_CONTEXT = b"coevo runner session 1\n"  # so that a signature says nothing anywhere else


@dataclass(frozen=True, slots=True)
class Identity:
    """A key pair; `public` is hex, `fingerprint` the sha256 (hex) of its bytes."""

    public: str
    _key: Ed25519PrivateKey = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What names the key."""
        return hashlib.sha256(bytes.fromhex(self.public)).hexdigest()

    def answer(self, nonce: str) -> str:
        """The signature (hex) that answers a server's challenge."""
        return self._key.sign(_CONTEXT + nonce.encode()).hex()


def identity(folder: Path) -> Identity:
    """The key of a folder, made where there is none.

    CoevoError where others can read it, or it is no key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - 8 MB
        Ed25519PrivateKey,
    )

    path = folder / FILE
    if not path.exists():
        _write(path, Ed25519PrivateKey.generate().private_bytes_raw().hex())
    _refuse_open(path)
    try:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
    except ValueError as error:
        raise CoevoError.because(f"{path} holds no key", "remove it, and join again") from error
    return Identity(key.public_key().public_bytes_raw().hex(), key)


def is_answered(public: str, nonce: str, answer: str) -> bool:
    """Whether an answer to a challenge is signed by that key (both hex)."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - 8 MB
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - the same
        Ed25519PublicKey,
    )

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(answer), _CONTEXT + nonce.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and for its owner only from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _refuse_open(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CoevoError.because(f"others may read {path}, the key", f"chmod 600 {path}")
