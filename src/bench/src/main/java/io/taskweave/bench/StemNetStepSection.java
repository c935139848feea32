package io.taskweave.bench;

import static org.apache.spark.sql.functions.expr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingPlan;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The whole training step of STEM-Net, exchange and update included, against PyTorch's with the
 * same update: dense Adam, L2 over whole tables, clipping; Adam on the touched rows alone, beside
 * {@code SparseAdam}; or dense AdaTask, beside one backward pass a task.
 */
final class StemNetStepSection implements Section {
  private static final int WARM_STEPS = 3;
  private static final int VALIDATION_ROWS = 1000;

  private final RowUpdates updates;
  private final OptimizerSpec optimizer;
  private final boolean regularized;
  private final String script;
  private final List<String> arguments;

  private StemNetStepSection(
      RowUpdates updates,
      OptimizerSpec optimizer,
      boolean regularized,
      String script,
      String... arguments) {
    this.updates = updates;
    this.optimizer = optimizer;
    this.regularized = regularized;
    this.script = script;
    this.arguments = List.of(arguments);
  }

  static StemNetStepSection dense() {
    return new StemNetStepSection(
        RowUpdates.DENSE, OptimizerSpec.plain(Adam.DEFAULT), true, "stem_speed.py", "--step");
  }

  static StemNetStepSection lazy() {
    return new StemNetStepSection(
        RowUpdates.LAZY,
        OptimizerSpec.plain(Adam.DEFAULT),
        false,
        "stem_speed.py",
        "--sparse-step");
  }

  static StemNetStepSection adaTask() {
    return new StemNetStepSection(
        RowUpdates.DENSE, OptimizerSpec.perTask(Adam.DEFAULT), false, "adatask_speed.py");
  }

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    SampleLayout layout = TikTokShape.layout();
    TrainingPlan plan =
        TrainingPlan.builder(layout, TikTokShape.MODEL)
            .batchSize(TikTokShape.BATCH)
            .streams(settings.threads())
            .optimizer(optimizer)
            .clipping(
                regularized
                    ? new GradientClipping(GradientClipping.Kind.SUM, 10)
                    : GradientClipping.NONE)
            .decay(regularized ? new TableDecay(TableDecay.Kind.FULL, 1e-6) : TableDecay.NONE)
            .build();
    TrainerSteps steps = new TrainerSteps(settings, plan, updates, WARM_STEPS);
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--threads", Integer.toString(settings.threads())));
    try (Peer peer = new Peer(settings, script, all.toArray(String[]::new))) {
      steps.measure(
          spark ->
              new TrainingData(
                  samples(spark, layout, settings.threads(), 0, steps.rows()),
                  samples(spark, layout, settings.threads(), 1L << 40, VALIDATION_ROWS)),
          peer,
          result);
    }
  }

  static Dataset<Row> samples(
      SparkSession spark, SampleLayout layout, int streams, long from, long rows) {
    List<Column> columns = new ArrayList<>();
    columns.add(expr("id AS " + SampleColumns.SAMPLE_ID));
    columns.add(expr("cast(id % " + streams + " AS int) AS " + SampleColumns.STREAM));
    layout
        .fields()
        .forEach(
            field ->
                columns.add(
                    expr(
                        String.format(
                            "cast(1 + pmod(xxhash64(id, '%s'), %d) AS int) AS %s",
                            field.name(),
                            field.tableRows() - 1,
                            SampleColumns.feature(field.name())))));
    layout
        .tasks()
        .forEach(
            task ->
                columns.add(
                    expr(
                        String.format(
                            "cast(pmod(xxhash64(id, '%s'), 2) AS tinyint) AS %s",
                            task, SampleColumns.label(task)))));
    return spark.range(from, from + rows).select(columns.toArray(Column[]::new));
  }
}
