"""The pages of results: review, where is it, look-up."""

from som.results.views.look_up import look_up
from som.results.views.review import review, review_slot, run_slot
from som.results.views.swabs import find_person, swab
from som.results.views.where import where

__all__ = ["find_person", "look_up", "review", "review_slot", "run_slot", "swab", "where"]
