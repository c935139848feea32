package io.taskweave.engine.training;

import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Samples with the columns of {@link io.taskweave.core.sample.SampleColumns}.
 *
 * @param train training samples; the column {@code stream} lies in [0, streams)
 * @param validation samples that decide the best epoch; both classes of each task must occur
 * @param histories rows of {@link io.taskweave.core.sample.EventColumns}, for both
 * @param content what tells these rows from others; a training does not resume on rows of another
 *     content
 */
public record TrainingData(
    Dataset<Row> train, Dataset<Row> validation, Optional<Dataset<Row>> histories, String content) {
  /** Samples without histories, which are the same whenever they are read. */
  public TrainingData(Dataset<Row> train, Dataset<Row> validation) {
    this(train, validation, Optional.empty(), "");
  }
}
