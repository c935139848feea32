package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The published properties of STEM-Net, for tasks A and B. */
class StemNetTest {
  private static final float[] LOSS_A = {0.1f, 0};
  private static final float[] BOTH = {0.1f, 0.1f};
  private static final List<String> ONLY_B =
      List.of(
          "embedding/task-B/",
          "numeric/task-B/",
          "experts/task-B/",
          "gates/task-B/",
          "towers/task-B/");

  private static final List<String> MATCHING =
      List.of("embedding/task-A/item", "embedding/shared/item", "towers/task-A/linear0/weight");

  private final SampleLayout samples = TinySamples.layout("A", "B");
  private final SampleBatch batch = SampleBatch.all(TinySamples.block(samples, 30));

  private static StemNetSpec spec(int layers, boolean strict) {
    return ModelGradientTest.stemNet(layers, GateInput.OWN_PLUS_SHARED, strict, 0);
  }

  private ModelRun oneLayer(boolean stopGradient) {
    StemNetSpec spec = spec(1, false);
    GatingPlan plan = spec.plan(samples.tasks());
    return ModelRun.started(
        spec.create(samples, BlasFactory.instance(), stopGradient ? plan : passingEverywhere(plan)),
        3);
  }

  /** Another model: it shows that the tests of the stops can fail. */
  static GatingPlan passingEverywhere(GatingPlan plan) {
    return new GatingPlan(
        plan.views(),
        plan.layers().stream()
            .map(
                layer ->
                    new GatingPlan.Layer(
                        layer.groups(),
                        layer.gates().stream()
                            .map(
                                gate ->
                                    new GatingPlan.Mixer(
                                        gate.name(), gate.looksAt(), gate.reads(), gate.reads()))
                            .toList()))
            .toList());
  }

  private static boolean zero(float[] values) {
    for (float value : values) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean reachesOnlyB(ModelRun run, float[] gradient) {
    return run.layout.parameters().stream()
        .filter(parameter -> ONLY_B.stream().anyMatch(parameter.name()::startsWith))
        .anyMatch(parameter -> !zero(run.slice(gradient, parameter.name())));
  }

  @Test
  void s1LossOfOneTaskLeavesTheOtherTasksPartsAtExactlyZero() {
    ModelRun run = oneLayer(true);
    float[] gradient = run.summed(batch, LOSS_A);
    for (var parameter : run.layout.parameters()) {
      boolean onlyB = ONLY_B.stream().anyMatch(parameter.name()::startsWith);
      assertThat(zero(run.slice(gradient, parameter.name()))).as(parameter.name()).isEqualTo(onlyB);
    }
  }

  @Test
  void s1DeadSharedGateDoesNotExist() {
    assertThat(oneLayer(true).layout.parameters())
        .noneMatch(parameter -> parameter.name().startsWith("gates/shared"));
    assertThat(spec(2, false).create(samples).parameters().parameters())
        .anyMatch(parameter -> parameter.name().startsWith("layer0/gates/shared"))
        .noneMatch(parameter -> parameter.name().startsWith("layer1/gates/shared"));
  }

  @Test
  void s2OtherTasksTablesTakePartInTheForwardPass() {
    ModelRun run = oneLayer(true);
    double before = run.losses(batch, BOTH)[0];
    int table = run.layout.offset(run.layout.indexOf("embedding/task-B/user"));
    for (int i = 3; i < 15; i++) {
      run.weights[table + i] += 0.5f;
    }
    assertThat(Math.abs(run.losses(batch, BOTH)[0] - before)).isGreaterThan(1e-6);
  }

  @Test
  void s3OtherLossesDoNotChangeTheGradientOfAnOwnTable() {
    ModelRun run = oneLayer(true);
    String table = "embedding/task-A/item";
    assertThat(run.slice(run.summed(batch, BOTH), table))
        .containsExactly(run.slice(run.summed(batch, LOSS_A), table));
  }

  @Test
  void s4GateWeightsSumToOneAndAreUniformWithoutGateWeights() {
    ModelRun run = oneLayer(true);
    run.scores(batch);
    GateWeights generic = new GateWeights(samples.tasks(), List.of("A", "B", "shared"));
    run.model.addGateWeights(generic);
    for (int task = 0; task < 2; task++) {
      double sum = 0;
      for (int source = 0; source < 3; source++) {
        assertThat(generic.mean(task, source)).isBetween(0.0, 1.0);
        sum += generic.mean(task, source);
      }
      assertThat(sum).isCloseTo(1, within(1e-5));
      String output = "gates/task-" + samples.tasks().get(task) + "/linear1/weight";
      run.set(output, new float[run.slice(run.weights, output).length]);
    }
    run.scores(batch);
    GateWeights uniform = new GateWeights(samples.tasks(), List.of("A", "B", "shared"));
    run.model.addGateWeights(uniform);
    assertThat(uniform.rows()).isEqualTo(batch.count());
    for (int source = 0; source < 3; source++) {
      assertThat(uniform.mean(1, source)).isCloseTo(1.0 / 3, within(1e-6));
    }
  }

  @Test
  void s5WithoutStopGradientTheLossReachesTheOtherTask() {
    assertThat(reachesOnlyB(oneLayer(true), oneLayer(true).summed(batch, LOSS_A))).isFalse();
    ModelRun leaking = oneLayer(false);
    float[] gradient = leaking.summed(batch, LOSS_A);
    assertThat(reachesOnlyB(leaking, gradient)).isTrue();
    assertThat(zero(leaking.slice(gradient, "embedding/task-B/user"))).isFalse();
    assertThat(zero(leaking.slice(gradient, "experts/task-B/linear0/weight"))).isFalse();
  }

  @Test
  void s6FiniteDifferencesSeeTheOtherTableThatTheGradientDoesNot() {
    ModelRun run = oneLayer(true);
    float[] gradient = run.summed(batch, LOSS_A);
    double strongest = 0;
    int table = run.layout.offset(run.layout.indexOf("embedding/task-B/item"));
    for (int place = table + 3; place < table + 3 * TinySamples.ITEM_ROWS; place++) {
      assertThat(gradient[place]).isZero();
      strongest = Math.max(strongest, Math.abs(run.difference(batch, LOSS_A, place)));
    }
    assertThat(strongest).isGreaterThan(1e-3);
    int compared = 0;
    for (String own : MATCHING) {
      int from = run.layout.offset(run.layout.indexOf(own));
      for (int place = from + 3; place < from + 12; place++) {
        double difference = run.difference(batch, LOSS_A, place);
        if (!Double.isNaN(difference)) {
          compared++;
          assertThat((double) gradient[place]).isCloseTo(difference, within(1e-3));
        }
      }
    }
    assertThat(compared).isGreaterThan(15);
  }

  @Test
  void s7TwoLayersLeakUnlessStrict() {
    ModelRun open = ModelRun.started(spec(2, false).create(samples), 3);
    ModelRun strict = ModelRun.started(spec(2, true).create(samples), 3);
    float[] openGradient = open.summed(batch, LOSS_A);
    assertThat(zero(open.slice(openGradient, "embedding/task-B/item"))).isFalse();
    assertThat(zero(open.slice(openGradient, "layer0/experts/task-B/linear0/weight"))).isFalse();
    assertThat(zero(open.slice(openGradient, "layer1/experts/task-B/linear0/weight"))).isTrue();
    assertThat(zero(open.slice(openGradient, "layer0/gates/task-B/linear0/weight"))).isTrue();
    float[] strictGradient = strict.summed(batch, LOSS_A);
    assertThat(zero(strict.slice(strictGradient, "embedding/task-B/item"))).isTrue();
    assertThat(zero(strict.slice(strictGradient, "layer0/experts/task-B/linear0/weight"))).isTrue();
    assertThat(zero(strict.slice(strictGradient, "embedding/shared/item"))).isFalse();
  }

  @Test
  void s8GoldenValuesOfTheSmallestNet() {
    SampleLayout layout = new SampleLayout(List.of(Field.categorical("x", 3)), List.of("A", "B"));
    StemNetSpec spec =
        new StemNetSpec(
            new EmbeddingSpec(1, 1e-4),
            1,
            1,
            1,
            List.of(1),
            List.of(),
            List.of(),
            0,
            GateInput.OWN_PLUS_SHARED,
            false);
    ModelRun run = ModelRun.started(spec.create(layout), 1);
    run.set("embedding/task-A/x", 0, 0, 1);
    run.set("embedding/task-B/x", 0, 0, 3);
    run.set("embedding/shared/x", 0, 0, 0.5f);
    run.set("experts/task-A/linear0/weight", 1);
    run.set("experts/task-B/linear0/weight", 0.5f);
    run.set("experts/shared/linear0/weight", 2);
    run.set("gates/task-A/linear0/weight", 0.2f, -0.1f, 0.3f);
    run.set("gates/task-B/linear0/weight", -0.3f, 0.4f, 0.1f);
    run.set("towers/task-A/linear0/weight", 1.5f);
    run.set("towers/task-B/linear0/weight", -0.5f);
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    builder.addRow(1, 1);
    builder.id(0, 2);
    builder.label(0, (byte) 1);
    builder.label(1, (byte) 0);
    SampleBatch one = SampleBatch.all(builder.build());
    float[] unit = {1, 1};

    assertThat(run.scores(one))
        .containsExactly(new float[] {1.5f * 1.1138841f, -0.5f * 1.3481333f}, within(1e-5f));
    GateWeights gates = new GateWeights(layout.tasks(), List.of("A", "B", "shared"));
    run.model.addGateWeights(gates);
    assertThat(gates.mean(0, 0)).isCloseTo(0.35721144, within(1e-6));
    assertThat(gates.mean(0, 1)).isCloseTo(0.22776807, within(1e-6));
    assertThat(gates.mean(1, 1)).isCloseTo(0.69626666, within(1e-6));
    double[] losses = run.losses(one, unit);
    assertThat(losses[0]).isCloseTo(0.17234834560528345, within(1e-6));
    assertThat(losses[1]).isCloseTo(0.41186581680402123, within(1e-6));
    float[] gradient = run.summed(one, unit);
    close(run, gradient, "embedding/task-A/x", 0, 0, -0.077439696f);
    close(run, gradient, "embedding/task-B/x", 0, 0, -0.06552933f);
    close(run, gradient, "embedding/shared/x", 0, 0, -0.2787428f);
    close(run, gradient, "experts/task-A/linear0/weight", -0.0848274f);
    close(run, gradient, "experts/task-B/linear0/weight", -0.3525757f);
    close(run, gradient, "experts/shared/linear0/weight", -0.069840945f);
    close(run, gradient, "gates/task-A/linear0/weight", 0.01449073f, -0.03132656f, 0.01683583f);
    close(run, gradient, "gates/task-B/linear0/weight", 0.01235729f, -0.06246858f, 0.05011129f);
    close(run, gradient, "towers/task-A/linear0/weight", -0.17634352f);
    close(run, gradient, "towers/task-B/linear0/weight", 0.45511207f);
    float[] ofA = run.perTask(one, unit).get(0);
    close(run, ofA, "embedding/shared/x", 0, 0, -0.18972306f);
    close(run, ofA, "experts/shared/linear0/weight", -0.04927769f);
  }

  private static void close(ModelRun run, float[] gradient, String name, float... expected) {
    assertThat(run.slice(gradient, name)).as(name).containsExactly(expected, within(1e-5f));
  }

  @Test
  void initialValuesDependOnNameAndRowOnly() {
    ModelRun two = ModelRun.started(spec(1, false).create(samples), 5);
    ModelRun three = ModelRun.started(spec(1, false).create(TinySamples.layout("B", "C", "A")), 5);
    for (String name : List.of("embedding/task-A/item", "towers/task-B/linear0/weight")) {
      assertThat(two.slice(two.weights, name)).containsExactly(three.slice(three.weights, name));
    }
    assertThat(two.slice(two.weights, "embedding/task-A/item")).startsWith(0, 0, 0);
  }

  @Test
  void dropoutDependsOnKeyAndSampleNotOnTheBatch() {
    StemNetSpec dropping = ModelGradientTest.stemNet(1, GateInput.OWN_PLUS_SHARED, false, 0.4);
    SampleLayout hiding = TinySamples.hidingIds(samples, 0.4);
    ModelRun run = ModelRun.started(dropping.create(hiding), 3);
    float[] first = run.forward(batch);
    assertThat(run.forward(batch)).containsExactly(first);
    SampleBatch reversed = new SampleBatch(batch.block(), batch.count());
    for (int row = batch.count() - 1; row >= 0; row--) {
      reversed.add(row);
    }
    float[] mirrored = run.forward(reversed);
    for (int row = 0; row < batch.count(); row++) {
      assertThat(mirrored[batch.count() - 1 - row]).isCloseTo(first[row], within(1e-5f));
    }
    run.key = 8;
    assertThat(Arrays.equals(run.forward(batch), first)).isFalse();
    assertThat(Arrays.equals(run.scores(batch), first)).isFalse();
  }

  @Test
  void missingLabelsAndZeroWeightsGiveNoGradient() {
    SampleBlockBuilder builder = new SampleBlockBuilder(samples);
    builder.addRow(1, 1);
    builder.id(0, 2);
    builder.addRow(2, 0);
    builder.id(0, 3);
    builder.label(0, (byte) 1);
    builder.label(1, (byte) 1);
    SampleBatch silent = SampleBatch.all(builder.build());
    ModelRun run = oneLayer(true);
    assertThat(zero(run.summed(silent, BOTH))).isTrue();
    assertThat(run.losses(silent, BOTH)).containsExactly(0, 0);
    double[] counts = new double[2];
    LogLoss.addWeights(silent, counts);
    assertThat(counts).containsExactly(0, 0);
  }

  @Test
  void idOutsideItsTableIsRefused() {
    SampleBlockBuilder builder = new SampleBlockBuilder(samples);
    builder.addRow(1, 1);
    builder.id(1, TinySamples.ITEM_ROWS);
    SampleBlock block = builder.build();
    assertThatThrownBy(() -> oneLayer(true).scores(SampleBatch.all(block)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("item");
  }
}
