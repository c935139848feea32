package io.taskweave.engine.scoring;

import io.taskweave.core.model.GateWeights;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Scores samples with the weights of a finished training. */
@SuppressWarnings("DoNotCallSuggester")
public final class Scorer {
  private Scorer() {}

  /**
   * Adds {@code score_<task>} (float probability) to each sample, partition by partition.
   *
   * @param best folder with {@code weights.safetensors} and {@code model.json}
   * @param samples feature columns of {@link io.taskweave.core.sample.SampleColumns}; labels may be
   *     absent
   * @return sample_id, user, item, time, split, label_* as far as present, score_*
   */
  public static Dataset<Row> score(SparkSession spark, Path best, Dataset<Row> samples) {
    throw new UnsupportedOperationException();
  }

  /** Mean gate weights by source over samples; no rows for a model without gates. */
  public static GateWeights gateWeights(SparkSession spark, Path best, Dataset<Row> samples) {
    throw new UnsupportedOperationException();
  }
}
