"""What the inbox is sent."""

from django import forms

from som.web.fields import IdsField


class AcknowledgeForm(forms.Form):
    """The notices a locality has taken notice of."""

    notices = IdsField()
