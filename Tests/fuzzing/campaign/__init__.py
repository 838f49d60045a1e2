"""Runs the fuzz targets of Tests/FuzzTargets under libFuzzer."""
