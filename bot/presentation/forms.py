"""Forms (Discord's modals) that can be sent in at any time, also after a restart.

Their custom_id holds what is asked for and the job's id, as that of a button does, and the client itself
takes in what comes back: discord.py's own memory of forms ends with the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord

from bot.jobs import AspectRatio, Mode
from bot.presentation.actions import Action, custom_id

if TYPE_CHECKING:
    from enum import StrEnum

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue

#: The most that a text field of a form takes; a command's option takes more.
FIELD_LENGTH: Final = 4000
PROMPT: Final = "prompt"
MODE: Final = "mode"
ASPECT_RATIO: Final = "aspect_ratio"


def vary_form(catalogue: Catalogue, locale: str, job: Job) -> discord.ui.Modal:
    """Return the form that asks what another picture like this one should show."""
    form = discord.ui.Modal(
        title=catalogue.say(locale, "Vary this picture")[:45],
        custom_id=custom_id(Action.VARY, job.id),
    )
    form.add_item(prompt_field(catalogue, locale, job.prompt))
    form.add_item(choice_field(catalogue.say(locale, "Mode"), MODE, Mode, job.mode))
    form.add_item(choice_field(catalogue.say(locale, "Shape"), ASPECT_RATIO, AspectRatio, job.aspect_ratio))
    return form


def prompt_field(catalogue: Catalogue, locale: str, prompt: str) -> discord.ui.Label[Any]:
    """Return the field for the prompt, filled with what there is; what does not fit is cut and told of."""
    about = None
    if len(prompt) > FIELD_LENGTH:
        about = catalogue.say(
            locale, "Only the first {limit} characters of the prompt fit in here.", limit=FIELD_LENGTH
        )
    return discord.ui.Label(
        text=catalogue.say(locale, "What the picture shows")[:45],
        description=about,
        component=discord.ui.TextInput(
            custom_id=PROMPT,
            style=discord.TextStyle.paragraph,
            default=prompt[:FIELD_LENGTH],
            max_length=FIELD_LENGTH,
        ),
    )


def choice_field(label: str, name: str, choices: type[StrEnum], chosen: StrEnum) -> discord.ui.Label[Any]:
    """Return a field with one of the choices chosen."""
    options = [
        discord.SelectOption(label=choice.value, value=choice.value, default=choice is chosen)
        for choice in choices
    ]
    return discord.ui.Label(
        text=label[:45],
        component=discord.ui.Select(custom_id=name, options=options, required=True),
    )


async def open_form(interaction: discord.Interaction[Any], form: discord.ui.Modal) -> None:
    """Show the form as the interaction's first answer."""
    # discord.py stores a form that is not finished and would then answer it beside the client.
    form.stop()
    await interaction.response.send_modal(form)
