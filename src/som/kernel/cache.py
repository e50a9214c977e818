"""The cache of the rate limits: an entry leaves when it has expired, and never to make room.

Django's own makes room by dropping a third of all entries, and with them the counts of tries: who
fills the table with made-up names would unlock every account and every slip. It also counts the
whole table at each try.
"""

from __future__ import annotations

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router

_STATEMENTS = {
    "set": """
        INSERT INTO {table} (cache_key, value, expires) VALUES (%(key)s, %(value)s, %(expires)s)
        ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
    """,
    "add": """
        INSERT INTO {table} AS kept (cache_key, value, expires)
        VALUES (%(key)s, %(value)s, %(expires)s)
        ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
        WHERE kept.expires < %(now)s
    """,
    "touch": """
        UPDATE {table} SET expires = %(expires)s
        WHERE cache_key = %(key)s AND expires >= %(now)s
    """,
}


class ExpiringCache(DatabaseCache):
    """Django's cache in a table, one statement a write; `delete_expired` keeps the table small."""

    def _execute(self, statement: str, parameters: dict[str, Any]) -> int:
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute(statement.format(table=table), parameters)
            return int(cursor.rowcount)

    def _base_set(
        self, mode: str, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT
    ) -> bool:
        ends = self.get_backend_timeout(timeout)
        parameters = {
            "key": key,
            "value": base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii"),
            "expires": datetime.max.replace(tzinfo=UTC)
            if ends is None
            else datetime.fromtimestamp(ends, tz=UTC),
            "now": datetime.now(tz=UTC),
        }
        return self._execute(_STATEMENTS[mode], parameters) > 0

    def delete_expired(self) -> int:
        """Drop what counts no more; how many entries that were."""
        return self._execute(
            "DELETE FROM {table} WHERE expires < %(now)s", {"now": datetime.now(tz=UTC)}
        )
