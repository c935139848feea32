package io.taskweave.bench;

import static org.apache.spark.sql.functions.expr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingPlan;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The whole training step of TIN, Adam on the rows of the batch alone, against PyTorch with {@code
 * SparseAdam} on its tables. Each of our batches holds other samples; PyTorch's is always the same.
 */
final class TinStepSection implements Section {
  private static final int VALIDATION_ROWS = 1000;

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    for (int rows : TinShape.BATCHES) {
      measure(settings, rows, result.putObject("batch_" + rows));
    }
    result.put("events_a_sample", TinShape.EVENTS);
    result.put("items", TinShape.ITEM.tableRows());
  }

  private static void measure(Settings settings, int rows, ObjectNode result) throws Exception {
    TrainingPlan plan =
        TrainingPlan.builder(TinShape.LAYOUT, TinShape.MODEL)
            .batchSize(rows)
            .streams(settings.threads())
            .build();
    // Then nearly every item has a row, as after the first epochs of a training.
    int warmSteps = 3 * TinShape.ITEM.tableRows() / TinShape.EVENTS / rows;
    TrainerSteps steps = new TrainerSteps(settings, plan, RowUpdates.LAZY, warmSteps);
    try (Peer peer =
        new Peer(
            settings,
            "tin_speed.py",
            "--step",
            "--batch",
            Integer.toString(rows),
            "--threads",
            Integer.toString(settings.threads()))) {
      steps.measure(
          spark -> data(spark, TinShape.LAYOUT, settings.threads(), steps.rows(), VALIDATION_ROWS),
          peer,
          result);
    }
  }

  /** Samples over fields and a sequence of an item and its category; all of the same users. */
  static TrainingData data(
      SparkSession spark, SampleLayout layout, int streams, long rows, long validationRows) {
    return new TrainingData(
        samples(spark, layout, streams, 0, rows),
        samples(spark, layout, streams, 0, validationRows),
        Optional.of(histories(spark, layout, streams, Math.max(rows, validationRows))),
        "");
  }

  /** Each of a user of his own. */
  private static Dataset<Row> samples(
      SparkSession spark, SampleLayout layout, int streams, long from, long rows) {
    return StemNetStepSection.samples(spark, layout, streams, from, rows)
        .withColumn(SampleColumns.USER, expr("cast(sample_id AS string)"));
  }

  private static Dataset<Row> histories(
      SparkSession spark, SampleLayout layout, int streams, long users) {
    String id =
        String.format(
            "cast(1 + pmod(xxhash64(id, i), if(i < %d, %d, %d)) AS int)",
            TinShape.EVENTS,
            layout.fields().get(0).tableRows() - 1,
            layout.fields().get(1).tableRows() - 1);
    return spark
        .range(users)
        .select(
            expr("cast(id AS string)").as(EventColumns.USER),
            expr("'" + layout.sequences().get(0).name() + "'").as(EventColumns.SEQUENCE),
            expr("cast(id % " + streams + " AS int)").as(EventColumns.STREAM),
            expr("0L").as(EventColumns.CHUNK),
            expr("cast(null AS array<bigint>)").as(EventColumns.TIMES),
            expr(String.format("transform(sequence(0, %d), i -> %s)", 2 * TinShape.EVENTS - 1, id))
                .as(EventColumns.IDS));
  }
}
