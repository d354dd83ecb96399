"""Tests of one real thing each: a database file, an HTTP server, a wheel."""
