"""Checks the installed package on a booted system."""
