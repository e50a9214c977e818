"""What the inbox and the alarms are sent."""

from django import forms

from som.web.fields import IdsField


class AcknowledgeForm(forms.Form):
    """The notices a locality has taken notice of."""

    notices = IdsField()


class AlarmsForm(forms.Form):
    """The alarms somebody takes on."""

    alarms = IdsField()
