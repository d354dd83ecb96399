"""Tests of the real processes, talking over real HTTP and WebSocket."""
