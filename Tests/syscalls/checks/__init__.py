"""Runs the program while the kernel refuses system calls."""
