"""The pages as a process of `./som start` serves them: `som.wsgi`, ending with its parent."""

from som.ops.serving import end_with_parent
from som.wsgi import application

__all__ = ["application"]

end_with_parent()
