"""parse_dag.py FOLDER FILE: writes what Airflow makes of the DAGs in FOLDER, rendered for one day, as JSON."""

import json
import sys
from types import SimpleNamespace

import pendulum
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk.execution_time import macros


class Variables(dict):
    __getattr__ = dict.__getitem__


def failure(task, code):
    """The name of the exception that a spark-submit with this exit code ends in."""

    def fail(self, context):
        raise RuntimeError(f"Cannot execute: spark-submit. Error code is: {code}.")

    original, SparkSubmitOperator.execute = SparkSubmitOperator.execute, fail
    try:
        type(task).execute(task, {})
    except Exception as error:
        return type(error).__name__
    finally:
        SparkSubmitOperator.execute = original


bag = DagBag(sys.argv[1])
variables = Variables(
    taskweave_jar="job.jar",
    taskweave_conf="pipeline.conf",
    taskweave_properties="spark.conf",
    taskweave_workspace="work",
    taskweave_executors="3",
    taskweave_executor_cores="2",
)
context = {
    "data_interval_start": pendulum.datetime(2022, 5, 3, tz="UTC"),
    "data_interval_end": pendulum.datetime(2022, 5, 4, tz="UTC"),
    "prev_data_interval_start_success": pendulum.datetime(2022, 5, 1, tz="UTC"),
    "var": SimpleNamespace(value=variables),
    "macros": macros,
}
warm = context | {"var": SimpleNamespace(value=Variables(variables, taskweave_warm_start="true"))}
first_night = warm | {"prev_data_interval_start_success": None}
dags = {}
for name, dag in bag.dags.items():
    tasks = []
    for task in dag.topological_sort():
        environment = task.get_template_env()
        tasks.append(
            {
                "stage": task.task_id,
                "upstream": sorted(task.upstream_task_ids),
                "retries": task.retries,
                "arguments": task.render_template(task.application_args, context, environment),
                "warm_arguments": task.render_template(task.application_args, warm, environment),
                "first_arguments": task.render_template(
                    task.application_args, first_night, environment
                ),
                "conf": task.render_template(task.conf, context, environment),
                "failures": {str(code): failure(task, code) for code in (2, 3, 5, 70, 75, 137)},
            }
        )
    dags[name] = tasks
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump({"errors": {k: str(v) for k, v in bag.import_errors.items()}, "dags": dags}, file)
