package io.taskweave.pipeline.evaluate;

import io.taskweave.core.metric.Checkpoint;
import io.taskweave.core.sample.SampleColumns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The scores of a task by one choice of weights: a column of the predictions. */
record ScoreSeries(String task, Checkpoint checkpoint) implements Serializable {
  /** Those of the common epoch by task, then those of own epochs if the predictions hold them. */
  static List<ScoreSeries> of(Dataset<Row> predictions, List<String> tasks) {
    List<String> columns = Arrays.asList(predictions.columns());
    List<ScoreSeries> series = new ArrayList<>();
    for (Checkpoint checkpoint : Checkpoint.values()) {
      List<ScoreSeries> all =
          tasks.stream().map(task -> new ScoreSeries(task, checkpoint)).toList();
      if (checkpoint == Checkpoint.COMMON_EPOCH
          || all.stream().allMatch(one -> columns.contains(one.column()))) {
        series.addAll(all);
      }
    }
    return List.copyOf(series);
  }

  String column() {
    return checkpoint == Checkpoint.COMMON_EPOCH
        ? SampleColumns.score(task)
        : SampleColumns.ownEpochScore(task);
  }
}
