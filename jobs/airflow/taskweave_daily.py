"""The nightly pipeline: one spark-submit a stage, each interval's day as the test day.

Airflow Variables: taskweave_jar, taskweave_conf, taskweave_properties (Spark properties file),
taskweave_workspace, and optionally taskweave_executors, taskweave_executor_cores and
taskweave_warm_start: true makes each night's training start from the weights of the last successful
night. The connection spark_default names the cluster.
"""

import re
from datetime import timedelta

import pendulum
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException

TRY_AGAIN = 75

EXECUTORS = "{{ var.value.get('taskweave_executors', '2') }}"
CORES = "{{ var.value.get('taskweave_executor_cores', '1') }}"

RESOURCES = {
    "spark.executor.instances": EXECUTORS,
    "spark.executor.cores": CORES,
    "spark.cores.max": (
        "{{ var.value.get('taskweave_executors', '2') | int"
        " * var.value.get('taskweave_executor_cores', '1') | int }}"
    ),
}

# One Spark task an executor with a thread a core inside; a task stays beside its model.
TRAINING = RESOURCES | {
    "spark.task.cpus": CORES,
    "spark.task.maxFailures": "1",
    "spark.locality.wait": "3600s",
    "spark.shuffle.reduceLocality.enabled": "false",
}

# Read by MKL when a driver starts; the properties file says the same to executors.
DRIVER_ENVIRONMENT = {
    "MKL_DEBUG_CPU_TYPE": "5",
    "KMP_AFFINITY": "disabled",
    "KMP_BLOCKTIME": "0",
    "OMP_NUM_THREADS": "1",
}

# Empty on the first night, which starts cold.
WARM_START = (
    "{% if var.value.get('taskweave_warm_start', 'false') == 'true'"
    " and prev_data_interval_start_success %}"
    "{{ var.value.taskweave_workspace }}/runs/daily-{{ prev_data_interval_start_success | ds }}"
    "{% endif %}"
)

# The day of the interval is tested, the day before it validates, all days before train.
ARGUMENTS = [
    "{{ var.value.taskweave_conf }}",
    "--workspace",
    "{{ var.value.taskweave_workspace }}",
    "--run-name",
    "daily-{{ data_interval_start | ds }}",
    "--set",
    "split.valid-from={{ macros.ds_add(data_interval_start | ds, -1) }}",
    "--set",
    "split.test-from={{ data_interval_start | ds }}",
    "--set",
    f"training.warm-start={WARM_START}",
]

STAGES = ["import", "validate", "split", "features", "groups", "train", "evaluate", "report"]


def exit_code(failure):
    """The exit code in the message of a failed spark-submit, or None."""
    found = re.search(r"Error code is: (\d+)", str(failure))
    return int(found.group(1)) if found else None


class StageOperator(SparkSubmitOperator):
    """Tries again where a stage says that it may help; fails at once on a bad input or setting.

    A submission that ended without a code of its own (a lost driver) is tried again as well.
    """

    def execute(self, context):
        try:
            return super().execute(context)
        except Exception as failure:
            code = exit_code(failure)
            if code is None or code == TRY_AGAIN or code > 127:
                raise
            raise AirflowFailException(f"{self.task_id} ended with exit code {code}") from failure


with DAG(
    dag_id="taskweave_daily",
    schedule="@daily",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
    },
    tags=["taskweave"],
    doc_md=__doc__,
) as dag:
    previous = None
    for stage in STAGES:
        task = StageOperator(
            task_id=stage,
            name=f"taskweave-{stage}" + "-{{ data_interval_start | ds }}",
            conn_id="spark_default",
            application="{{ var.value.taskweave_jar }}",
            java_class="io.taskweave.cli.Taskweave",
            properties_file="{{ var.value.taskweave_properties }}",
            conf=TRAINING if stage == "train" else RESOURCES,
            env_vars=DRIVER_ENVIRONMENT,
            application_args=[stage, *ARGUMENTS],
        )
        if previous is not None:
            previous >> task
        previous = task
