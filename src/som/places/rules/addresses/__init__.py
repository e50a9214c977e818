"""Addresses as people write them, and the units they mean. Pure."""

from som.places.rules.addresses.cutting import Reading, column_reading, reading
from som.places.rules.addresses.hamlets import (
    hamlet_key,
    hamlet_keys,
    hamlet_named,
    hamlet_order,
    nearly,
)
from som.places.rules.addresses.meaning import address_meaning
from som.places.rules.addresses.units import AddressReason, Meant, NamedUnit, Path, Register
from som.places.rules.addresses.words import looks

__all__ = [
    "AddressReason",
    "Meant",
    "NamedUnit",
    "Path",
    "Reading",
    "Register",
    "address_meaning",
    "column_reading",
    "hamlet_key",
    "hamlet_keys",
    "hamlet_named",
    "hamlet_order",
    "looks",
    "nearly",
    "reading",
]
