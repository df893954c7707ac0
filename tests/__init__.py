"""Tests mirror the packages. This file keeps the name `tests` ours: an installed library ships one of its own."""
