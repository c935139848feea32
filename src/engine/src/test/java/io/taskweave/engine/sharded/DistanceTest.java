package io.taskweave.engine.sharded;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.hadoop;
import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.training.ReferenceTraining;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.StockTraining;
import io.taskweave.engine.training.TinyTraining;
import io.taskweave.engine.training.Trainer;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How far the engine and BigDL's own optimizer are from double precision, beside a plain loop in
 * single precision.
 */
class DistanceTest {
  private static final ModelSpec MODEL =
      new StemNetSpec(
          new EmbeddingSpec(4, 0.1),
          1,
          1,
          1,
          List.of(8),
          List.of(4),
          List.of(4),
          0,
          GateInput.OWN_PLUS_SHARED,
          false);

  @TempDir java.nio.file.Path folder;

  /** Three epochs of small batches; the last epoch counts as the best. */
  private static TrainingPlan steps(boolean perTask) {
    OptimizerSpec optimizer =
        perTask ? OptimizerSpec.perTask(Adam.DEFAULT) : OptimizerSpec.plain(Adam.DEFAULT);
    return TinyTraining.builder(LAYOUT, MODEL)
        .batchSize(4)
        .maxEpochs(3)
        .clipping(GradientClipping.NONE)
        .optimizer(optimizer)
        .build();
  }

  private double distance(Trainer trainer, TrainingPlan plan, String name, double[] exact) {
    Path run = new Path(folder.resolve(name).toUri());
    TrainingOutcome outcome = trainer.train(plan, data(), run, false, TrainingListener.NONE);
    assertThat(outcome.steps()).isGreaterThan(200);
    return distance(
        RunFiles.readWeights(
            hadoop(),
            new Path(RunFiles.best(run), RunFiles.WEIGHTS),
            MODEL.create(LAYOUT).parameters()),
        exact);
  }

  private static double distance(float[] weights, double[] exact) {
    double largest = 0;
    for (int i = 0; i < exact.length; i++) {
      largest = Math.max(largest, Math.abs(weights[i] - exact[i]));
    }
    return largest;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bothAreAtMostTwiceAsFarAsPlainSinglePrecision(boolean perTask) {
    TrainingPlan plan = steps(perTask);
    double[] exact = ReferenceTraining.weights(plan, data());
    double plain = distance(new PlainTraining(plan, false).train(), exact);
    assertThat(plain).isBetween(1e-9, 1e-4);
    float[] stock = StockTraining.weights(LocalSpark.session().sparkContext(), plan, data());
    assertThat(distance(stock, exact)).isLessThanOrEqualTo(2 * plain);
    // Executors of a job run at the same time, and this process has room for two.
    for (int executors : new int[] {1, 2}) {
      ShardedTrainer sharded =
          new ShardedTrainer(
              LocalSpark.session(),
              RowUpdates.DENSE,
              RowLifetime.UNBOUNDED,
              0,
              SampleMemory.UNBOUNDED,
              new TrainingCluster(executors, executors == 1 ? 2 : 1));
      assertThat(distance(sharded, plan, "sharded-" + executors, exact))
          .as("%d executors", executors)
          .isLessThanOrEqualTo(2 * plain);
    }
  }
}
