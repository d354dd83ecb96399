"""Easel's tests: unit touches nothing, integration one real thing, e2e the whole in real processes."""
