package io.taskweave.engine.sharded;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.hadoop;
import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.PcGrad;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.training.DominancePlan;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.TinyTraining;
import io.taskweave.engine.training.Trainer;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingListener.Dominance;
import io.taskweave.engine.training.TrainingListener.TaskShare;
import io.taskweave.engine.training.TrainingPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which task moves what, on several executors and in rows that wait. */
class ShardedDominanceTest {
  private static final TrainingCluster ONE = new TrainingCluster(1, 2);
  private static final TrainingCluster TWO = new TrainingCluster(2, 1);
  private static final TableDecay TOUCHED = new TableDecay(TableDecay.Kind.TOUCHED, 0.01);

  /** Of tables with 80 and 120 elements, so that not all rows are measured. */
  private static final int SAMPLE = 90;

  /** So that an epoch has enough steps for a burst of several. */
  private static final int SMALL_BATCH = 4;

  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private List<Dominance> train(Trainer trainer, TrainingPlan plan, String name) {
    List<Dominance> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void dominance(Dominance dominance) {
            heard.add(dominance);
          }
        };
    trainer.train(plan, evenly(data()), run(name), false, listener);
    return heard;
  }

  /** Streams of one length, so that each executor has samples in the last steps of an epoch too. */
  private static TrainingData evenly(TrainingData data) {
    return new TrainingData(
        data.train().withColumn("stream", functions.expr("cast(sample_id % 4 as int)")),
        data.validation());
  }

  private static Trainer sharded(RowUpdates updates, TrainingCluster cluster) {
    return new ShardedTrainer(
        LocalSpark.session(), updates, RowLifetime.UNBOUNDED, 0, SampleMemory.UNBOUNDED, cluster);
  }

  private static TrainingPlan measured(TableDecay decay, boolean perTask) {
    OptimizerSpec optimizer =
        perTask
            ? new OptimizerSpec(Adam.DEFAULT, true, List.of(1.0, 0.5))
            : OptimizerSpec.plain(Adam.DEFAULT);
    GradientClipping.Kind kind =
        perTask ? GradientClipping.Kind.PER_TASK : GradientClipping.Kind.SUM;
    return TinyTraining.builder()
        .batchSize(SMALL_BATCH)
        .maxEpochs(1)
        .decay(decay)
        .weighting(new LossWeighting.Fixed(List.of(0.3, 2.0)))
        .clipping(new GradientClipping(kind, 0.3))
        .optimizer(optimizer)
        .dominance(new DominancePlan(true, 0.9, 6, SAMPLE))
        .build();
  }

  private static void assertSame(List<Dominance> actual, List<Dominance> expected) {
    assertThat(actual)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("tasks")
        .isEqualTo(expected)
        .isNotEmpty();
    for (int i = 0; i < expected.size(); i++) {
      for (int task = 0; task < expected.get(i).tasks().size(); task++) {
        TaskShare share = actual.get(i).tasks().get(task);
        TaskShare wanted = expected.get(i).tasks().get(task);
        assertThat(share.task()).isEqualTo(wanted.task());
        assertThat(share.mean()).isCloseTo(wanted.mean(), within(1e-4));
        assertThat(share.p10()).isCloseTo(wanted.p10(), within(2e-3));
        assertThat(share.p50()).isCloseTo(wanted.p50(), within(2e-3));
        assertThat(share.p90()).isCloseTo(wanted.p90(), within(2e-3));
        assertThat(share.dominated()).isCloseTo(wanted.dominated(), within(0.01));
      }
    }
  }

  static Stream<Arguments> plans() {
    return Stream.of(
        Arguments.of("bursts of a plain rule", measured(TOUCHED, false)),
        Arguments.of("AdaTask", measured(TOUCHED, true)),
        Arguments.of("PCGrad", surgery(measured(TOUCHED, false))));
  }

  private static TrainingPlan surgery(TrainingPlan plan) {
    return plan.toBuilder().combination(new PcGrad()).build();
  }

  /** Steps that a row misses are measured once they are made up for. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("plans")
  void executorsAndRowsThatWaitMeasureTheSame(String name, TrainingPlan plan) {
    List<Dominance> expected = train(sharded(RowUpdates.DENSE, ONE), plan, "one");
    assertSame(train(sharded(RowUpdates.DENSE, TWO), plan, "two"), expected);
    assertSame(train(sharded(RowUpdates.CATCH_UP, TWO), plan, "catch-up"), expected);
  }

  private float[] weights(String run) {
    return RunFiles.readWeights(
        hadoop(),
        new Path(RunFiles.best(run(run)), RunFiles.WEIGHTS),
        MODEL.create(LAYOUT).parameters());
  }

  @Test
  void measuringDoesNotChangeABitOfTheWeights() {
    TrainingPlan plan = measured(TOUCHED, false);
    assertThat(train(sharded(RowUpdates.LAZY, TWO), plan, "measured")).isNotEmpty();
    TrainingPlan unmeasured = plan.toBuilder().dominance(DominancePlan.OFF).build();
    assertThat(train(sharded(RowUpdates.LAZY, TWO), unmeasured, "plain")).isEmpty();
    assertThat(weights("measured")).isEqualTo(weights("plain"));
  }
}
