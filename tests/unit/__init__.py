"""Tests that touch neither disk nor network."""
