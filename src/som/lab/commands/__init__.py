"""The only writers of the laboratory stage, one module a bench."""

from som.lab.commands.benches import load_plates, make_pools
from som.lab.commands.reception import receive_listed, receive_tubes
from som.lab.commands.runs import read_runs

__all__ = ["load_plates", "make_pools", "read_runs", "receive_listed", "receive_tubes"]
