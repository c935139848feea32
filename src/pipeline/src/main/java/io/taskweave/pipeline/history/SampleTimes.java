package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import io.taskweave.core.sample.SampleColumns;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * When samples are, in epoch milliseconds. Few plans ask for it, and it takes a pass over all
 * samples, so that only the first question makes it.
 */
final class SampleTimes {
  private final Dataset<Row> samples;
  private Row ends;

  SampleTimes(Dataset<Row> samples) {
    this.samples = samples;
  }

  /** Of the earliest sample; after everything if there is none. */
  long first() {
    return ends().isNullAt(0) ? Long.MAX_VALUE : ends().getLong(0);
  }

  /** Of the latest sample; before everything if there is none. */
  long last() {
    return ends().isNullAt(1) ? Long.MIN_VALUE : ends().getLong(1);
  }

  private Row ends() {
    if (ends == null) {
      ends = samples.agg(min(SampleColumns.TIME), max(SampleColumns.TIME)).first();
    }
    return ends;
  }
}
