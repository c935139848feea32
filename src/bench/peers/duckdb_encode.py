"""Vocabularies and encoding in DuckDB: the peer of io.taskweave.bench.EncodingSection.

    echo OUTPUT | python src/bench/peers/duckdb_encode.py LOG --fields user item --tasks like
        --valid-from 2026-01-09 --test-from 2026-01-10 --minimum-count 10 --streams 8 [--threads 2]

LOG is a folder of Parquet files partitioned by dt. For each line, the folder OUTPUT to create, it
builds the same vocabularies as taskweave from the days before --valid-from (ids from 2 by descending
count, ties by token; 1 for a rarer token, 0 for null) and writes them and the encoded rows as
Parquet, with a user-hashed stream (the hash is DuckDB's own), in the order of stream, day, part and
sample id: taskweave's order, in one file instead of one a stream, day and part, since DuckDB loses
the order when it partitions. It answers with a line of JSON: seconds, rows, sum of each field's ids.
"""
import argparse
import json
import pathlib
import sys
import time

import duckdb


def encode(options, folder):
    folder.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {options.threads}")
    files = str(options.log / "**" / "*.parquet").replace("'", "''")
    connection.execute(f"CREATE VIEW log AS SELECT * FROM read_parquet('{files}', hive_partitioning = true,"
                       " hive_types_autocast = false)")
    start = time.perf_counter()
    for field in options.fields:
        connection.execute(
            f"CREATE TABLE {field}_ids AS SELECT token, (row_number() OVER (ORDER BY rows DESC, token) + 1)::INT AS id"
            f" FROM (SELECT \"{field}\" AS token, count(*) AS rows FROM log WHERE dt < ? AND \"{field}\" IS NOT NULL"
            f" GROUP BY ALL HAVING count(*) >= {options.minimum_count})", [options.valid_from])
        connection.execute(f"COPY {field}_ids TO '{folder}/{field}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    columns = [f"CASE WHEN log.\"{f}\" IS NULL THEN 0 ELSE coalesce({f}_ids.id, 1) END AS \"feature_{f}\"" for f in options.fields]
    joins = [f"LEFT JOIN {f}_ids ON log.\"{f}\" = {f}_ids.token" for f in options.fields]
    labels = [f"\"{t}\"::TINYINT AS \"label_{t}\"" for t in options.tasks]
    connection.execute(
        f"COPY (SELECT sample_id, log.\"user\" AS \"user\", log.item AS item, time,"
        f" (hash(log.\"user\") % {options.streams})::INT AS stream, 1::FLOAT AS weight, dt,"
        f" CASE WHEN dt < '{options.valid_from}' THEN 'train' WHEN dt < '{options.test_from}' THEN 'valid' ELSE 'test' END AS split,"
        f" {', '.join(columns + labels)} FROM log {' '.join(joins)}"
        f" ORDER BY stream, dt, split, sample_id)"
        f" TO '{folder}/samples.parquet' (FORMAT parquet, COMPRESSION zstd)")
    seconds = time.perf_counter() - start
    sums = ", ".join(f"sum(\"feature_{f}\")::BIGINT" for f in options.fields)
    rows, *ids = connection.execute(f"SELECT count(*), {sums} FROM '{folder}/samples.parquet'").fetchone()
    return {"peer": "duckdb " + duckdb.__version__, "seconds": seconds, "rows": rows, "sum_of_ids": dict(zip(options.fields, ids))}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("log", type=pathlib.Path)
    arguments.add_argument("--fields", nargs="+", required=True)
    arguments.add_argument("--tasks", nargs="+", required=True)
    arguments.add_argument("--valid-from", required=True)
    arguments.add_argument("--test-from", required=True)
    arguments.add_argument("--minimum-count", type=int, default=1)
    arguments.add_argument("--streams", type=int, required=True)
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    for line in sys.stdin:
        print(json.dumps(encode(options, pathlib.Path(line.strip()))), flush=True)


if __name__ == "__main__":
    main()
