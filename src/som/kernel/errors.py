"""What may go wrong with a batch as a whole. What is wrong with one item is an outcome, not an error."""


class NotAllowed(Exception):
    """The actor may not do this at all, or not here."""


class NotFound(Exception):
    """The place or thing the batch is about does not exist for this actor."""


class Conflict(Exception):
    """Somebody else changed the ground under the batch; nothing was done, send it again."""


class Busy(Exception):
    """As many do this at once as there is room for; nothing was done, send it again in a moment."""
