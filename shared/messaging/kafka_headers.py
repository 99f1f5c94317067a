"""Records whose header *names* are not UTF-8: any C client can write one, and neither client library can read past it.

kafka-python reads its record batches in Python, so it can be taught to: importing this module does that. The broken
name comes out with its bytes escaped, and the record is then one that decodes to `headers_invalid` and is parked like
any other broken record.
"""

from __future__ import annotations

from typing import Any

from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatch


class _EscapedBytes(bytearray):
    """Bytes that decode to text whatever they are."""

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 - as in the base class
        found = super().__getitem__(key)
        return _EscapedBytes(found) if isinstance(key, slice) else found

    def decode(self, encoding: str = "utf-8", _errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")


class _TolerantBatch(DefaultRecordBatch):  # type: ignore[misc] # the client library has no types
    _buffer: bytearray

    def _read_msg(self, *options: Any) -> Any:  # noqa: ANN401
        try:
            return super()._read_msg(*options)
        except UnicodeDecodeError:
            # The position moves only when a record was read to its end.
            whole, self._buffer = self._buffer, _EscapedBytes(self._buffer)
            try:
                return super()._read_msg(*options)
            finally:
                self._buffer = whole


memory_records.DefaultRecordBatch = _TolerantBatch
