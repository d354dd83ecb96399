"""Discord's REST routes, one module a resource.

A handler does four things: it reads the request, asks `sandbox.discord.access`, makes one change of the
world, and words the answer. What is not here is answered with 501 by `sandbox.discord.rest`.
"""
