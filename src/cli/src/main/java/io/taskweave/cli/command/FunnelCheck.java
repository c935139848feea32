package io.taskweave.cli.command;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.when;

import io.taskweave.core.model.Funnel;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.sample.SampleColumns;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Counts what a model that assumes a funnel must know of the samples' labels. */
final class FunnelCheck {
  private FunnelCheck() {}

  /** Reads the samples only if the model assumes a funnel. */
  static void require(ModelSpec model, List<String> tasks, Dataset<Row> samples) {
    for (int task = 1; task < tasks.size() && model.assumesFunnel(); task++) {
      String first = tasks.get(task - 1);
      String second = tasks.get(task);
      Column positive = col(SampleColumns.label(second)).equalTo(1);
      Column outside = positive.and(col(SampleColumns.label(first)).equalTo(0));
      Row counts = samples.agg(count(when(positive, 1)), count(when(outside, 1))).first();
      Funnel.require(model.type(), first, second, counts.getLong(0), counts.getLong(1));
    }
  }
}
