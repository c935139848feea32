"""The last events before every sample in DuckDB: the peer of io.taskweave.bench.HistorySection.

    echo OUTPUT | python src/bench/peers/duckdb_history.py SAMPLES --length 20 [--threads 2]

SAMPLES is a folder of encoded samples. For each line it writes the Parquet file OUTPUT of sample_id
and the list of the item ids of the user's last events before it; times of a user differ. It answers
with a line of JSON: seconds, rows, events in all lists, and the sum of their ids.
"""
import argparse
import json
import pathlib
import sys
import time

import duckdb


def write(options, output):
    connection = duckdb.connect()
    connection.execute(f"SET threads = {options.threads}")
    connection.execute("SET preserve_insertion_order = false")
    files = str(options.samples / "*" / "samples" / "**" / "*.parquet").replace("'", "''")
    target = output.replace("'", "''")
    start = time.perf_counter()
    connection.execute(
        f"COPY (SELECT sample_id, coalesce(list(feature_item) OVER (PARTITION BY \"user\" ORDER BY time"
        f" ROWS BETWEEN {options.length} PRECEDING AND 1 PRECEDING), []) AS seen"
        f" FROM read_parquet('{files}')) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    seconds = time.perf_counter() - start
    rows, events, ids = connection.execute(
        f"SELECT count(*), sum(len(seen))::BIGINT, sum(list_sum(seen))::BIGINT FROM '{target}'").fetchone()
    return {"peer": "duckdb " + duckdb.__version__, "seconds": seconds, "rows": rows, "events": events, "sum_of_ids": ids}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("samples", type=pathlib.Path)
    arguments.add_argument("--length", type=int, default=20)
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    for line in sys.stdin:
        print(json.dumps(write(options, line.strip())), flush=True)


if __name__ == "__main__":
    main()
