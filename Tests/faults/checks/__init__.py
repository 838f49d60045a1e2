"""Runs the program while one system call fails once, in each place of the program that makes system calls."""
