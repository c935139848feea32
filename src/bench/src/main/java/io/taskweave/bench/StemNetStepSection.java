package io.taskweave.bench;

import static org.apache.spark.sql.functions.expr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.SumOfGradients;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.DominancePlan;
import io.taskweave.engine.training.LearningRateSchedule;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The whole training step, exchange and update included, against PyTorch's with the same update:
 * dense Adam, L2 over whole tables, clipping; or Adam on the touched rows alone, beside {@code
 * SparseAdam}. The peer has its turn between two steps, while the trainer waits.
 */
final class StemNetStepSection implements Section {
  private static final int WARM_STEPS = 3;
  private static final int VALIDATION_ROWS = 1000;

  private final RowUpdates updates;

  StemNetStepSection(RowUpdates updates) {
    this.updates = updates;
  }

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    int steps = WARM_STEPS + settings.rounds();
    boolean lazy = updates == RowUpdates.LAZY;
    SampleLayout layout = TikTokShape.layout();
    TrainingPlan plan =
        new TrainingPlan(
            layout,
            TikTokShape.MODEL,
            1,
            TikTokShape.BATCH,
            1,
            settings.threads(),
            1e-3,
            LossWeighting.Fixed.equal(layout.tasks().size()),
            new SumOfGradients(),
            lazy ? GradientClipping.NONE : new GradientClipping(GradientClipping.Kind.SUM, 10),
            OptimizerSpec.plain(Adam.DEFAULT),
            lazy ? TableDecay.NONE : new TableDecay(TableDecay.Kind.FULL, 1e-6),
            new LearningRateSchedule.Constant(),
            1,
            TrainingPlan.DEFAULT_MIN_IMPROVEMENT,
            1,
            DominancePlan.OFF);
    String master = "local[" + settings.threads() + "]";
    Rounds rounds = new Rounds();
    try (SparkSession spark =
            LocalSpark.open(
                settings, TrainingSettings.pinned(master, Integer.toString(settings.threads())));
        Peer peer =
            new Peer(
                settings,
                "stem_speed.py",
                lazy ? "--sparse-step" : "--step",
                "--threads",
                Integer.toString(settings.threads()))) {
      result.put("peer", peer.ask("2").path("peer").asText());
      TrainingData data =
          new TrainingData(
              samples(spark, layout, settings.threads(), 0, (long) steps * TikTokShape.BATCH),
              samples(spark, layout, settings.threads(), 1L << 40, VALIDATION_ROWS));
      new ShardedTrainer(spark, updates, 0)
          .train(
              plan,
              data,
              new Path(settings.scratch().resolve("run").toUri()),
              false,
              listener(peer, rounds));
    }
    rounds.describe("samples_per_second", result);
    result.put("batch", plan.batchSize());
    result.put("threads", settings.threads());
    result.put("parameters", TikTokShape.MODEL.create(layout).parameters().size());
  }

  private static TrainingListener listener(Peer peer, Rounds rounds) {
    return new TrainingListener() {
      @Override
      public void step(Step step) {
        if (step.step() <= WARM_STEPS) {
          return;
        }
        try {
          double theirs = peer.ask("1").path("samples_per_second").asDouble();
          rounds.add(step.samplesPerSecond(), theirs);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
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
