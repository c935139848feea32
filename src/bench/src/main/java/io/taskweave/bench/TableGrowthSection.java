package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.Pooling;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.engine.cluster.TrainingMemory;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Time of a step of STEM-Net with AdaTask by the number of ids, once most of them have a row: eight
 * fields read one table, and each epoch names as many ids as the table has. Beside it, a step of
 * BigDL's own optimizer with as many weights in a table of its own.
 */
final class TableGrowthSection implements Section {
  private static final int[] IDS = {1_000_000, 3_000_000, 10_000_000};
  private static final int FIELDS = 8;
  private static final int MEASURED = 30;
  static final int BATCH = 4096;

  /** Of a row of one of the model's tables. */
  static final int WIDTH = 16;

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    String threads = Integer.toString(settings.threads());
    ArrayNode tables = result.putArray("tables");
    // Before this process takes memory for tables of its own.
    for (int ids : IDS) {
      StockEngine.measure(settings, ids, tables.addObject().put("ids", ids));
    }
    try (SparkSession spark =
        LocalSpark.open(settings, TrainingSettings.pinned("local[" + threads + "]", threads))) {
      for (int i = 0; i < IDS.length; i++) {
        measure(settings, spark, IDS[i], (ObjectNode) tables.get(i));
        System.gc();
      }
    }
    result.put("batch", BATCH);
    result.put("fields", FIELDS);
    result.put("threads", settings.threads());
    result.put("stock_heap", StockEngine.HEAP);
  }

  static SampleLayout layout(int ids) {
    List<Field> fields = new ArrayList<>();
    for (int f = 0; f < FIELDS; f++) {
      fields.add(new Field("field" + f, FieldKind.CATEGORICAL, "ids", ids + 2, Pooling.MEAN));
    }
    return new SampleLayout(fields, List.of("click", "like"));
  }

  private static void measure(Settings settings, SparkSession spark, int ids, ObjectNode result) {
    SampleLayout layout = layout(ids);
    int steps = ids / FIELDS / BATCH;
    List<Double> milliseconds = new ArrayList<>();
    TrainingData data =
        new TrainingData(
            StemNetStepSection.samples(spark, layout, settings.threads(), 0, (long) steps * BATCH),
            StemNetStepSection.samples(spark, layout, settings.threads(), 1L << 40, 1000));
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void memory(TrainingMemory memory) {
            result.put("memory", memory.toString());
          }

          @Override
          public void step(Step step) {
            if (step.step() > steps - MEASURED - 1) {
              milliseconds.add(1e3 * BATCH / step.samplesPerSecond());
            }
            if (step.step() == steps - 1) {
              throw new StepTimes.Measured();
            }
          }
        };
    try {
      new ShardedTrainer(spark, RowUpdates.LAZY, 0)
          .train(
              plan(settings, layout),
              data,
              new Path(settings.scratch().resolve("growth-" + ids).toUri()),
              false,
              listener);
    } catch (StepTimes.Measured enough) {
      Collections.sort(milliseconds);
      result.put("steps", steps);
      result.put("median_milliseconds", milliseconds.get(milliseconds.size() / 2));
    }
  }

  private static TrainingPlan plan(Settings settings, SampleLayout layout) {
    return TrainingPlan.builder(
            layout,
            new StemNetSpec(
                new EmbeddingSpec(WIDTH, 1e-2),
                1,
                1,
                1,
                List.of(64),
                List.of(),
                List.of(64),
                0,
                GateInput.OWN_PLUS_SHARED,
                false))
        .batchSize(BATCH)
        .streams(settings.threads())
        .optimizer(OptimizerSpec.perTask(Adam.DEFAULT))
        .build();
  }
}
