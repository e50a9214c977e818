"""The pages of results: review, where is it, look-up."""

from som.results.views.look_up import look_up
from som.results.views.review import review
from som.results.views.where import where

__all__ = ["look_up", "review", "where"]
