"""The loops that move a job from admission to the picture in its thread.

Each loop claims due rows from the store under a lease, does one step with each, and writes the outcome
down. Whatever a crash interrupts is claimed again when its lease has run out.
"""
