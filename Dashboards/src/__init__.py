"""The sources of the Grafana dashboards: `python -m Dashboards.src FOLDER` writes their JSON."""
