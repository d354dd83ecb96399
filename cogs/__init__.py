"""The commands, one file per family.

Each command is three steps: read the interaction, one call to the service, one call that shows the result.
Errors are not caught here; they leave by the client's one exit.
"""
