package io.taskweave.engine.training;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Samples with the columns of {@link io.taskweave.core.sample.SampleColumns}.
 *
 * @param train training samples; the column {@code stream} lies in [0, streams)
 * @param validation samples that decide the best epoch; both classes of each task must occur
 */
public record TrainingData(Dataset<Row> train, Dataset<Row> validation) {}
