"""The only writers of the laboratory stage, one module a bench."""

from som.lab.commands.benches import make_batches, make_pools
from som.lab.commands.capacity import set_capacities
from som.lab.commands.devices import read_antigen_tests, read_cartridges
from som.lab.commands.disposals import discard_tubes, discard_unlisted, reject_tubes
from som.lab.commands.holds import lift_holds, place_holds
from som.lab.commands.layouts import set_control_layouts
from som.lab.commands.manifests import close_manifests
from som.lab.commands.plates import load_plates
from som.lab.commands.reception import receive_listed, receive_tubes
from som.lab.commands.referral import (
    await_referral,
    refer_tubes,
    settle_verdicts,
    wait_no_more,
)
from som.lab.commands.runs import read_runs

__all__ = [
    "await_referral",
    "close_manifests",
    "discard_tubes",
    "discard_unlisted",
    "lift_holds",
    "load_plates",
    "make_batches",
    "make_pools",
    "place_holds",
    "read_antigen_tests",
    "read_cartridges",
    "read_runs",
    "receive_listed",
    "receive_tubes",
    "refer_tubes",
    "reject_tubes",
    "set_capacities",
    "set_control_layouts",
    "settle_verdicts",
    "wait_no_more",
]
