"""Sớm: from swab to answer to action within twelve hours."""
