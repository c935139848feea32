package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What sets MMoE, OMoE and PLE apart, for tasks A and B. */
class MixtureTest {
  private final SampleLayout samples = TinySamples.layout("A", "B");
  private final SampleBatch batch = SampleBatch.all(TinySamples.block(samples, 30));

  private List<String> names(ModelSpec spec, SampleLayout layout) {
    return spec.create(layout).parameters().parameters().stream().map(Parameter::name).toList();
  }

  private static List<String> tasks(ModelRun run, String prefix) {
    return run.layout.parameters().stream()
        .filter(parameter -> parameter.name().startsWith(prefix))
        .map(parameter -> (parameter.reachedBy(0) ? "A" : "") + (parameter.reachedBy(1) ? "B" : ""))
        .distinct()
        .toList();
  }

  private GateWeights gates(ModelRun run) {
    run.scores(batch);
    GateWeights sums = new GateWeights(samples.tasks(), run.model.gateSources());
    run.model.addGateWeights(sums);
    return sums;
  }

  @Test
  void everyTaskReachesAllOfAMixtureButTheGatesAndTowersOfOthers() {
    ModelRun run = ModelRun.started(ModelGradientTest.mmoe(false, 3, 0).create(samples), 1);
    assertThat(tasks(run, "embedding/shared/")).containsExactly("AB");
    assertThat(tasks(run, "experts/")).containsExactly("AB");
    assertThat(tasks(run, "gates/task-A/")).containsExactly("A");
    assertThat(tasks(run, "towers/task-B/")).containsExactly("B");
  }

  @Test
  void oneExpertLeavesItsGateNothingToLearn() {
    ModelRun run = ModelRun.started(ModelGradientTest.mmoe(false, 1, 0).create(samples), 1);
    assertThat(tasks(run, "gates/")).containsExactly("");
    float[] gradient = run.summed(batch, new float[] {1, 1});
    assertThat(run.slice(gradient, "gates/task-A/linear1/weight")).containsOnly(0);
  }

  @Test
  void oneGateForAllTasksIsOne() {
    MixtureSpec spec =
        new MixtureSpec(
            true, new EmbeddingSpec(3, 1), false, 4, List.of(4), List.of(), List.of(), 0);
    ModelRun run = ModelRun.started(spec.create(samples), 1);
    assertThat(tasks(run, "gates/")).containsExactly("AB");
    GateWeights gates = gates(run);
    assertThat(gates.sources()).containsExactly("expert-0", "expert-1", "expert-2", "expert-3");
    for (int source = 0; source < 4; source++) {
      assertThat(gates.mean(0, source)).isEqualTo(gates.mean(1, source)).isPositive();
    }
  }

  @Test
  void aTaskGateOfPleReadsNothingOfOtherTasks() {
    ModelRun run =
        ModelRun.started(
            ModelGradientTest.ple(1, true, SharedGate.ALL_EXPERTS, 0).create(samples), 3);
    GateWeights gates = gates(run);
    assertThat(gates.sources()).containsExactly("A", "B", "shared");
    assertThat(gates.mean(0, 1)).isZero();
    assertThat(gates.mean(1, 0)).isZero();
    assertThat(gates.mean(0, 0) + gates.mean(0, 2)).isCloseTo(1, within(1e-5));
    double before = run.losses(batch, new float[] {1, 1})[0];
    int table = run.layout.offset(run.layout.indexOf("embedding/task-B/user"));
    for (int i = 3; i < 15; i++) {
      run.weights[table + i] += 0.5f;
    }
    assertThat(run.losses(batch, new float[] {1, 1})[0]).isEqualTo(before);
  }

  @Test
  void onlyTheTextbooksSharedGateLetsATaskReachAnothersExperts() {
    ModelRun textbook =
        ModelRun.started(
            ModelGradientTest.ple(2, true, SharedGate.ALL_EXPERTS, 0).create(samples), 3);
    ModelRun released =
        ModelRun.started(
            ModelGradientTest.ple(2, true, SharedGate.SHARED_EXPERTS, 0).create(samples), 3);
    assertThat(tasks(textbook, "layer0/experts/task-A/")).containsExactly("AB");
    assertThat(tasks(textbook, "layer1/experts/task-A/")).containsExactly("A");
    assertThat(tasks(released, "layer0/experts/task-A/")).containsExactly("A");
    assertThat(tasks(released, "embedding/task-A/")).containsExactly("A");
    assertThat(tasks(released, "layer0/gates/shared/")).containsExactly("AB");
  }

  @Test
  void separateTablesHaveTheWidthOfThoseOfStemNet() {
    StemNetSpec stem = ModelGradientTest.stemNet(1, GateInput.OWN, false, 0);
    for (ModelSpec spec :
        List.of(
            ModelGradientTest.mmoe(true, 4, 0),
            ModelGradientTest.ple(1, true, SharedGate.ALL_EXPERTS, 0))) {
      assertThat(tableElements(spec)).isEqualTo(tableElements(stem));
    }
    assertThat(tableElements(ModelGradientTest.mmoe(false, 4, 0)))
        .isEqualTo(tableElements(stem) / 3);
  }

  private int tableElements(ModelSpec spec) {
    return spec.create(samples).parameters().parameters().stream()
        .filter(Parameter::isTable)
        .mapToInt(Parameter::size)
        .sum();
  }

  @Test
  void expertsTakeTurnsInReadingSeparateTables() {
    ModelRun run = ModelRun.started(ModelGradientTest.mmoe(true, 5, 0).create(samples), 1);
    assertThat(names(ModelGradientTest.mmoe(true, 5, 0), samples))
        .contains("embedding/table-2/item", "experts/table-2/linear0/weight");
    assertThat(run.layout.get(run.layout.indexOf("experts/table-0/linear0/weight")).shape()[1])
        .isEqualTo(2);
    assertThat(run.layout.get(run.layout.indexOf("experts/table-2/linear0/weight")).shape()[1])
        .isEqualTo(1);
    assertThat(gates(run).sources()).containsExactly("table-0", "table-1", "table-2");
  }

  @Test
  void aTableThatNoExpertReadsIsRefused() {
    assertThatThrownBy(() -> ModelGradientTest.mmoe(true, 2, 0).create(samples))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "shared-experts is out of range (2), give at least one an embedding table (3)");
  }

  @Test
  void tenTasksAndManyExpertsWork() {
    SampleLayout layout =
        TinySamples.layout(IntStream.range(0, 10).mapToObj(t -> "t" + t).toArray(String[]::new));
    SampleBatch rows = SampleBatch.all(TinySamples.block(layout, 20));
    EmbeddingSpec tables = new EmbeddingSpec(2, 0.5);
    for (ModelSpec spec :
        List.of(
            new MixtureSpec(false, tables, false, 64, List.of(4), List.of(), List.of(), 0),
            new MixtureSpec(false, tables, true, 64, List.of(4), List.of(3), List.of(), 0),
            new PleSpec(
                tables,
                true,
                2,
                24,
                4,
                List.of(4),
                List.of(),
                List.of(),
                0,
                SharedGate.ALL_EXPERTS),
            new StemNetSpec(
                tables, 1, 24, 4, List.of(4), List.of(), List.of(), 0, GateInput.OWN, false))) {
      ModelRun run = ModelRun.started(spec.create(layout), 1);
      float[] factors = new float[10];
      java.util.Arrays.fill(factors, 0.1f);
      float[] summed = run.summed(rows, factors);
      float[] total = new float[summed.length];
      run.perTask(rows, factors)
          .forEach(
              part -> {
                for (int i = 0; i < total.length; i++) {
                  total[i] += part[i];
                }
              });
      assertThat(total).as(spec.type()).containsExactly(summed, within(2e-5f));
    }
  }

  /** Multiplications and additions of a backward pass. */
  private long cost(ModelSpec spec, boolean perTask) {
    long[] sum = new long[1];
    Blas real = BlasFactory.instance();
    Blas counting =
        (transposed, m, n, k, a, ao, lda, b, bo, ldb, beta, c, co, ldc) -> {
          sum[0] += (long) m * n * k;
          real.multiply(transposed, m, n, k, a, ao, lda, b, bo, ldb, beta, c, co, ldc);
        };
    ModelRun run = ModelRun.started(spec.create(samples, counting), 1);
    run.forward(batch);
    long forward = sum[0];
    sum[0] = 0;
    float[] factors = {1, 1};
    if (perTask) {
      run.perTask(batch, factors);
    } else {
      run.summed(batch, factors);
    }
    return sum[0] - forward;
  }

  @Test
  void gradientsByTaskCostOnlyTheSharedPartAgain() {
    for (ModelSpec spec : ModelGradientTest.specs().toList()) {
      ModelRun run = ModelRun.started(spec.create(samples), 1);
      // Backward costs two multiplications a weight and row, one for the weight's gradient and one
      // for that of its input, and one a bias; every dense weight is a matrix.
      long shared =
          run.layout.parameters().stream()
              .filter(parameter -> parameter.shared() && parameter.name().contains("/linear"))
              .mapToLong(
                  parameter ->
                      parameter.name().endsWith("/weight")
                          ? 2L * parameter.size()
                          : parameter.size())
              .sum();
      assertThat(cost(spec, true) - cost(spec, false))
          .as("%s", spec)
          .isEqualTo(shared * batch.count());
    }
  }
}
