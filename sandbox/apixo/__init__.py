"""The local image service: the provider's two endpoints, its callbacks and its pictures.

It answers as the provider's page says and draws every picture for real. It knows nothing of Discord.
"""

from __future__ import annotations
