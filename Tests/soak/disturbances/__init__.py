"""What disturbs the exporter: a module for each theme."""

from . import clients, clocks, hostile, processes, reloads, takings, workers

THEMES = [
    module.__name__.rpartition(".")[2] for module in (processes, hostile, clients, reloads, takings, workers, clocks)
]
