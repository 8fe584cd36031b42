"""What the Dagster of the tests runs: jobs of ops that depend on each other, one in a graph, one that fails, and an asset."""

import dagster


@dagster.op
def extract_orders():
    return [10, 20, 30]


@dagster.op
def extract_customers():
    return ["a", "b"]


@dagster.op
def join(orders, customers):
    return len(orders) * len(customers)


@dagster.op
def publish(rows: int):
    return rows


@dagster.graph
def publishing(rows):
    publish(rows)


@dagster.job(executor_def=dagster.in_process_executor, description="orders of *each* night")
def nightly_orders():
    publishing(join(extract_orders(), extract_customers()))


@dagster.op
def count_rows():
    return 1


@dagster.op
def compare(rows: int) -> int:
    raise ValueError(f"{rows} row is too few")


@dagster.op
def report(rows: int):
    return rows


@dagster.job(executor_def=dagster.in_process_executor)
def check_orders():
    report(compare(count_rows()))


@dagster.job(executor_def=dagster.in_process_executor)
def by_hand():
    count_rows()


@dagster.asset
def daily_orders():
    return 1


jobs = [nightly_orders, check_orders, by_hand]
schedules = [dagster.ScheduleDefinition(job=nightly_orders, cron_schedule="0 2 * * *")]
definitions = dagster.Definitions(jobs=jobs, schedules=schedules, assets=[daily_orders], executor=dagster.in_process_executor)
