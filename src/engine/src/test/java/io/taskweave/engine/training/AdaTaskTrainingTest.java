package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.lastWeights;
import static io.taskweave.engine.training.TinyTraining.perTask;
import static io.taskweave.engine.training.TinyTraining.plan;
import static io.taskweave.engine.training.TinyTraining.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.PcGrad;
import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.update.AdaGrad;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.RmsProp;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeighting;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** From losses to steps: weighting, combination, clipping and update. */
class AdaTaskTrainingTest {
  private static final TableDecay FULL = new TableDecay(TableDecay.Kind.FULL, 0.5);
  private static final TableDecay TOUCHED = new TableDecay(TableDecay.Kind.TOUCHED, 0.5);
  private static final LossWeighting EQUAL = LossWeighting.Fixed.equal(2);
  private static final GradientClipping BOTH =
      new GradientClipping(GradientClipping.Kind.SUM, 0.05);
  private static final GradientClipping EACH =
      new GradientClipping(GradientClipping.Kind.PER_TASK, 0.05);

  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  static Stream<Arguments> ways() {
    OptimizerSpec perTask = OptimizerSpec.perTask(Adam.DEFAULT);
    return Stream.of(
        way("AdaTask-Adam", base().optimizer(perTask)),
        way("AdaTask-AdaGrad", base().optimizer(OptimizerSpec.perTask(AdaGrad.DEFAULT))),
        way("AdaTask-RMSProp", base().optimizer(OptimizerSpec.perTask(RmsProp.DEFAULT))),
        way("AdaGrad", base().clipping(BOTH).optimizer(OptimizerSpec.plain(AdaGrad.DEFAULT))),
        way("RMSProp", base().clipping(BOTH).optimizer(OptimizerSpec.plain(RmsProp.DEFAULT))),
        way("AdaTask clipped per task", base().decay(FULL).clipping(EACH).optimizer(perTask)),
        way("AdaTask clipped on the sum", base().decay(TOUCHED).clipping(BOTH).optimizer(perTask)),
        way("Adam clipped per task", base().decay(TOUCHED).clipping(EACH)),
        way(
            "step weights",
            base().optimizer(new OptimizerSpec(Adam.DEFAULT, true, List.of(2.0, 0.25)))),
        way("PCGrad", base().decay(FULL).combination(new PcGrad())),
        way(
            "PCGrad, AdaTask",
            base().decay(FULL).combination(new PcGrad()).clipping(BOTH).optimizer(perTask)),
        way("fixed weights", base().weighting(new LossWeighting.Fixed(List.of(0.2, 3.0)))),
        way("uncertainty", base().weighting(new LossWeighting.Uncertainty())),
        way("GradNorm", base().weighting(new LossWeighting.GradNorm(1.5, 0.5))));
  }

  private static TrainingPlan.Builder base() {
    return TinyTraining.builder().learningRate(1e-3).clipping(GradientClipping.NONE);
  }

  private static Arguments way(String name, TrainingPlan.Builder plan) {
    return Arguments.of(name, plan.build());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ways")
  void trainsLikeOneThreadInDoublePrecision(String name, TrainingPlan plan) throws IOException {
    train(plan, run(name), false);
    float[] actual = lastWeights(run(name));
    double[] expected = ReferenceTraining.weights(plan, data());
    assertThat(actual).isNotEqualTo(MODEL.create(LAYOUT).parameters().initialValues(plan.seed()));
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(3e-5));
    }
  }

  /** Otherwise the test above could pass with all of them the same. */
  @Test
  void everyWayLeadsElsewhere() {
    List<double[]> weights =
        ways().map(way -> ReferenceTraining.weights((TrainingPlan) way.get()[1], data())).toList();
    for (int i = 0; i < weights.size(); i++) {
      for (int k = 0; k < i; k++) {
        double largest = 0;
        for (int e = 0; e < weights.get(i).length; e++) {
          largest = Math.max(largest, Math.abs(weights.get(i)[e] - weights.get(k)[e]));
        }
        assertThat(largest).as("ways %d and %d", i, k).isGreaterThan(3e-4);
      }
    }
  }

  static Stream<Arguments> resumed() {
    return Stream.of(
        Arguments.of(OptimizerSpec.perTask(Adam.DEFAULT), EQUAL),
        Arguments.of(OptimizerSpec.perTask(AdaGrad.DEFAULT), EQUAL),
        Arguments.of(OptimizerSpec.plain(Adam.DEFAULT), new LossWeighting.Uncertainty()),
        Arguments.of(OptimizerSpec.plain(RmsProp.DEFAULT), new LossWeighting.GradNorm(1.5, 0.5)));
  }

  @ParameterizedTest
  @MethodSource("resumed")
  void resumesToTheSameBits(OptimizerSpec optimizer, LossWeighting weighting) throws IOException {
    TrainingPlan whole =
        TinyTraining.builder()
            .maxEpochs(3)
            .decay(FULL)
            .weighting(weighting)
            .clipping(EACH)
            .optimizer(optimizer)
            .build();
    TrainingPlan half = whole.toBuilder().maxEpochs(1).build();
    train(whole, run("whole"), false);
    train(half, run("parts"), false);
    train(whole, run("parts"), true);
    assertThat(lastWeights(run("parts"))).isEqualTo(lastWeights(run("whole")));
  }

  @Test
  void whereNothingIsSharedItIsThePlainRuleToTheBit() throws IOException {
    ModelSpec apart = new SingleTaskSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(4), 0);
    TrainingPlan plain =
        TinyTraining.builder(LAYOUT, apart).decay(FULL).clipping(GradientClipping.NONE).build();
    train(plain, run("plain"), false);
    train(perTask(plain, Adam.DEFAULT), run("task"), false);
    String weights = "best/weights.safetensors";
    assertThat(
            Files.mismatch(
                folder.resolve("plain").resolve(weights), folder.resolve("task").resolve(weights)))
        .isEqualTo(-1);
  }

  @Test
  void anotherOptimizerMayNotGoOn() {
    train(plan(1, TableDecay.NONE, 0, 1e-2), run("plain"), false);
    assertThatThrownBy(
            () ->
                train(perTask(plan(2, TableDecay.NONE, 0, 1e-2), Adam.DEFAULT), run("plain"), true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("optimizer was OptimizerSpec[rule=Adam")
        .hasMessageContaining("perTask=false")
        .hasMessageContaining("perTask=true");
  }
}
