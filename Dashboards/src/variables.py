"""The variables at the top of a dashboard."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import DataSourceRef, VariableOption, VariableRefresh, VariableSort

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")

datasource = build.DatasourceVariable("datasource").label("Data source").type("prometheus")


def labels(name, label, query):
    """A choice of the values of a label in the time range of the dashboard."""
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def several(variable, every=".+"):
    """All values by default. A pattern for them is shorter than thousands of names."""
    return (
        variable.multi(True)
        .include_all(True)
        .all_value(every)
        .current(VariableOption(selected=True, text="All", value="$__all"))
    )


def first(variable):
    """The first value by default: without a current value, Grafana chooses the first one."""
    return variable.current(None)


def job():
    return several(labels("job", "Job", "label_values(gil_exporter_build_info, job)"))


def instance():
    return several(labels("instance", "Instance", 'label_values(gil_exporter_build_info{job=~"$job"}, instance)'))


def group():
    query = f'label_values(gil_processes{{job=~"$job", instance=~"$instance", {IN_PODS}}}, group)'
    return labels("group", "Group", query)


# The default group of a pod's container is namespace/pod/container. Everything matches these if all are chosen, groups
# outside of pods included.
PARTS = ("(?:$namespace)(?:/.*)?", "(?:.*/)?(?:$pod)(?:/.*)?", "(?:.*/)?(?:$container)")
IN_PODS = ", ".join(f'group=~"{part}"' for part in PARTS)


def of_pods():
    """The choices of namespaces, pods and containers, each among those of the choices before it."""
    chosen = 'job=~"$job", instance=~"$instance", namespace!=""'
    for name in ("namespace", "pod", "container"):
        query = f"label_values(gil_process_group_info{{{chosen}}}, {name})"
        yield several(labels(name, name.capitalize(), query), every=".*")
        chosen += f', {name}=~"${name}"'


def runtime():
    query = 'label_values(gil_runtime_info{job=~"$job", instance=~"$instance"}, runtime)'
    return labels("runtime", "Runtime", query)
