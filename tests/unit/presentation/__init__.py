"""Wording, cards and safe text."""
