"""Disturbs a running exporter for an hour, and checks that its numbers stay right and its memory flat."""
