"""Forms (Discord's modals) that can be sent in at any time, also after a restart.

Their custom_id holds what is asked for and the job's id, as that of a button does, and the client itself
takes in what comes back: discord.py's own memory of forms ends with the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord

from bot.jobs import AspectRatio, Mode
from bot.presentation.actions import Action, custom_id
from bot.presentation.text import ALT_TEXT_LENGTH, alt_text, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import StrEnum

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue

#: The most that a text field of a form takes; a command's option takes more.
FIELD_LENGTH: Final = 4000
PROMPT: Final = "prompt"
MODE: Final = "mode"
ASPECT_RATIO: Final = "aspect_ratio"
PICTURES: Final = "pictures"
FILES: Final = "files"
ALT_TEXT: Final = "alt_text"
#: The choice of a shape that follows from the picture.
NEAREST: Final = "nearest"
#: The most choices of one field.
MOST_PICTURES: Final = 10


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


def edit_form(
    catalogue: Catalogue,
    locale: str,
    asked: str,
    *,
    pictures: Sequence[str] = ("",),
    picked: int = 1,
    more: int = 0,
    mode: Mode = Mode.PRO,
) -> discord.ui.Modal:
    """Return the form that asks what should be different; `asked` is its custom_id.

    `pictures` are the names of those on the message, of which the first `picked` are chosen at first; `more`
    is how many files may be added.
    """
    form = discord.ui.Modal(title=catalogue.say(locale, "Edit this picture")[:45], custom_id=asked)
    form.add_item(
        discord.ui.Label(
            text=catalogue.say(locale, "What should be different")[:45],
            component=discord.ui.TextInput(
                custom_id=PROMPT, style=discord.TextStyle.paragraph, max_length=FIELD_LENGTH
            ),
        )
    )
    if len(pictures) > 1:
        form.add_item(_which_field(catalogue, locale, pictures, picked))
    if more:
        form.add_item(
            discord.ui.Label(
                text=catalogue.say(locale, "More pictures to start from")[:45],
                component=discord.ui.FileUpload(
                    custom_id=FILES, required=False, min_values=0, max_values=min(more, 10)
                ),
            )
        )
    form.add_item(choice_field(catalogue.say(locale, "Mode"), MODE, Mode, mode))
    form.add_item(_shape_field(catalogue, locale))
    return form


def _which_field(
    catalogue: Catalogue, locale: str, pictures: Sequence[str], picked: int
) -> discord.ui.Label[Any]:
    shown = pictures[:MOST_PICTURES]
    return discord.ui.Label(
        text=catalogue.say(locale, "Which pictures")[:45],
        component=discord.ui.CheckboxGroup(
            custom_id=PICTURES,
            options=[
                discord.CheckboxGroupOption(
                    label=f"{number + 1}. {plain(name, 80)}", value=str(number), default=number < picked
                )
                for number, name in enumerate(shown)
            ],
            min_values=1,
            max_values=len(shown),
        ),
    )


def _shape_field(catalogue: Catalogue, locale: str) -> discord.ui.Label[Any]:
    nearest = discord.SelectOption(
        label=catalogue.say(locale, "The nearest to the picture's")[:100], value=NEAREST, default=True
    )
    shapes = [discord.SelectOption(label=ratio.value, value=ratio.value) for ratio in AspectRatio]
    return discord.ui.Label(
        text=catalogue.say(locale, "Shape")[:45],
        component=discord.ui.Select(custom_id=ASPECT_RATIO, options=[nearest, *shapes], required=True),
    )


def alt_form(catalogue: Catalogue, locale: str, job: Job) -> discord.ui.Modal:
    """Return the form that asks for other words for those who cannot see the picture."""
    form = discord.ui.Modal(
        title=catalogue.say(locale, "Alt text of this picture")[:45], custom_id=custom_id(Action.ALT, job.id)
    )
    form.add_item(
        discord.ui.Label(
            text=catalogue.say(locale, "What the picture shows")[:45],
            description=catalogue.say(
                locale, "Screen readers read this out instead of the picture; without any, the prompt."
            )[:100],
            component=discord.ui.TextInput(
                custom_id=ALT_TEXT,
                style=discord.TextStyle.paragraph,
                default=alt_text(job),
                required=False,
                max_length=ALT_TEXT_LENGTH,
            ),
        )
    )
    return form


async def open_form(interaction: discord.Interaction[Any], form: discord.ui.Modal) -> None:
    """Show the form as the interaction's first answer."""
    # discord.py stores a form that is not finished and would then answer it beside the client.
    form.stop()
    await interaction.response.send_modal(form)
