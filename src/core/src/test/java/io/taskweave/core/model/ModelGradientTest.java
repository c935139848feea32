package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelGradientTest {
  private static final EmbeddingSpec TABLES = new EmbeddingSpec(3, 0.5);

  static StemNetSpec stemNet(int layers, GateInput input, boolean strict, double dropout) {
    return new StemNetSpec(
        TABLES, layers, 2, 2, List.of(5, 4), List.of(3), List.of(3), dropout, input, strict);
  }

  static MixtureSpec mmoe(boolean separateTables, int experts, double dropout) {
    return new MixtureSpec(
        false, TABLES, separateTables, experts, List.of(5, 4), List.of(3), List.of(3), dropout);
  }

  static PleSpec ple(int layers, boolean separateTables, SharedGate sharedGate, double dropout) {
    return new PleSpec(
        TABLES,
        separateTables,
        layers,
        2,
        2,
        List.of(5, 4),
        List.of(3),
        List.of(3),
        dropout,
        sharedGate);
  }

  static Stream<ModelSpec> specs() {
    return Stream.of(
        stemNet(1, GateInput.OWN_PLUS_SHARED, false, 0),
        stemNet(1, GateInput.OWN, false, 0.3),
        stemNet(2, GateInput.OWN_PLUS_SHARED, false, 0),
        stemNet(2, GateInput.OWN_PLUS_SHARED, true, 0.2),
        stemNet(3, GateInput.OWN, false, 0),
        mmoe(false, 3, 0),
        mmoe(true, 4, 0.2),
        new MixtureSpec(true, TABLES, false, 3, List.of(5, 4), List.of(), List.of(3), 0),
        new MixtureSpec(true, TABLES, true, 5, List.of(4), List.of(3), List.of(), 0),
        ple(1, false, SharedGate.ALL_EXPERTS, 0),
        ple(1, true, SharedGate.ALL_EXPERTS, 0.2),
        ple(2, false, SharedGate.ALL_EXPERTS, 0),
        ple(2, true, SharedGate.ALL_EXPERTS, 0),
        ple(3, true, SharedGate.SHARED_EXPERTS, 0),
        new AitmSpec(TABLES, List.of(5, 4), List.of(3), 0),
        new AitmSpec(TABLES, List.of(4), List.of(), 0.2),
        new EsmmSpec(TABLES, List.of(5, 4), List.of(3), 0),
        new SharedBottomSpec(TABLES, List.of(5, 4), List.of(3), 0),
        new SharedBottomSpec(TABLES, List.of(5), List.of(), 0.3),
        new SingleTaskSpec(TABLES, List.of(5, 4), List.of(3), 0.2));
  }

  /** Three tasks, or two where the model serves no more. */
  static SampleLayout severalTasks(ModelSpec spec) {
    return spec instanceof EsmmSpec
        ? TinySamples.layout("finish", "like")
        : TinySamples.layout("finish", "like", "share");
  }

  private static float[] factors(int tasks) {
    float[] factors = new float[tasks];
    for (int task = 0; task < tasks; task++) {
      factors[task] = 0.2f + 0.1f * task;
    }
    return factors;
  }

  /** Biases away from zero, so that no rectifier sits on its kink. */
  static ModelRun run(MultiTaskModel model) {
    ModelRun run = ModelRun.started(model, 11);
    for (int i = 0; i < run.layout.count(); i++) {
      if (run.layout.get(i).name().endsWith("bias")) {
        for (int k = 0; k < run.layout.get(i).size(); k++) {
          run.weights[run.layout.offset(i) + k] = 0.03f * ((k * 7 + i) % 5) + 0.05f;
        }
      }
    }
    return run;
  }

  /** Those that serve one task; then only the strict option stops a gradient. */
  static Stream<ModelSpec> specsOfOneTask() {
    return Stream.concat(
        specs()
            .filter(spec -> !(spec instanceof StemNetSpec stem && stem.strictStop()))
            .filter(spec -> !(spec instanceof EsmmSpec)),
        Stream.of(stemNet(2, GateInput.OWN_PLUS_SHARED, false, 0.2)));
  }

  @ParameterizedTest
  @MethodSource("specsOfOneTask")
  void everyParameterOfOneTaskMatchesFiniteDifferences(ModelSpec spec) {
    matchesFiniteDifferences(spec, TinySamples.layout("like"), 0);
  }

  @ParameterizedTest
  @MethodSource("specsOfOneTask")
  void everyParameterMatchesFiniteDifferencesWhileIdsAreHidden(ModelSpec spec) {
    matchesFiniteDifferences(spec, TinySamples.hidingIds(TinySamples.layout("like"), 0.4), 0);
  }

  /** One gating layer has no stopped path to what a loss reaches; with two there are some. */
  static Stream<ModelSpec> specsWithWholeTaskGradients() {
    return specs().filter(spec -> !(spec instanceof StemNetSpec stem && stem.layers() > 1));
  }

  @ParameterizedTest
  @MethodSource("specsWithWholeTaskGradients")
  void everyParameterThatALossReachesMatchesFiniteDifferences(ModelSpec spec) {
    SampleLayout samples = severalTasks(spec);
    for (int task = 0; task < samples.tasks().size(); task++) {
      matchesFiniteDifferences(spec, samples, task);
    }
  }

  private static void matchesFiniteDifferences(ModelSpec spec, SampleLayout samples, int task) {
    ModelRun run = run(spec.create(samples));
    SampleBatch batch = SampleBatch.all(TinySamples.block(samples, 12));
    float[] factors = new float[samples.tasks().size()];
    factors[task] = 0.2f;
    float[] gradient = run.summed(batch, factors);
    int spoiled = 0;
    for (int p = 0; p < run.layout.count(); p++) {
      Parameter parameter = run.layout.get(p);
      if (!parameter.reachedBy(task)) {
        continue;
      }
      int padding = parameter.isTable() ? parameter.shape()[1] : 0;
      for (int k = 0; k < parameter.size(); k++) {
        int place = run.layout.offset(p) + k;
        if (k < padding) {
          assertThat(gradient[place]).as("padding of %s", parameter).isZero();
          continue;
        }
        double difference = run.difference(batch, factors, place);
        if (Double.isNaN(difference)) {
          spoiled++;
        } else {
          assertThat((double) gradient[place])
              .as("%s element %d", parameter, k)
              .isCloseTo(difference, within(1e-3 + 0.02 * Math.abs(difference)));
        }
      }
    }
    assertThat(spoiled).as("elements on a kink").isLessThan(run.layout.size() / 8);
  }

  @ParameterizedTest
  @MethodSource("specs")
  void gradientsReachExactlyTheDeclaredTasks(ModelSpec spec) {
    SampleLayout samples = severalTasks(spec);
    int tasks = samples.tasks().size();
    ModelRun run = run(spec.create(samples));
    List<float[]> byTask =
        run.perTask(SampleBatch.all(TinySamples.block(samples, 40)), factors(tasks));
    for (int p = 0; p < run.layout.count(); p++) {
      Parameter parameter = run.layout.get(p);
      for (int task = 0; task < tasks; task++) {
        float[] slice = run.slice(byTask.get(task), parameter.name());
        boolean zero = true;
        for (float value : slice) {
          zero &= value == 0;
        }
        assertThat(!zero)
            .as("loss of task %d reaches %s", task, parameter)
            .isEqualTo(parameter.reachedBy(task));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void taskGradientsAddUpToTheSum(ModelSpec spec) {
    SampleLayout samples = severalTasks(spec);
    int tasks = samples.tasks().size();
    ModelRun run = run(spec.create(samples));
    SampleBatch batch = SampleBatch.all(TinySamples.block(samples, 33));
    float[] summed = run.summed(batch, factors(tasks));
    float[] total = new float[summed.length];
    for (float[] part : run.perTask(batch, factors(tasks))) {
      for (int i = 0; i < total.length; i++) {
        total[i] += part[i];
      }
    }
    assertThat(total).containsExactly(summed, within(2e-5f));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void microBatchesAddUpToTheBatch(ModelSpec spec) {
    SampleLayout samples = TinySamples.layout("finish", "like");
    SampleBlock block = TinySamples.block(samples, 31);
    ModelRun run = run(spec.create(samples));
    SampleBatch all = SampleBatch.all(block);
    float[] whole = run.summed(all, factors(2));
    List<SampleBatch> parts = new ArrayList<>();
    for (int part = 0; part < 2; part++) {
      SampleBatch batch = new SampleBatch(block, 31);
      for (int row = part; row < 31; row += 2) {
        batch.add(row);
      }
      parts.add(batch);
    }
    float[] sum = run.summed(parts.get(0), factors(2));
    float[] second = run.summed(parts.get(1), factors(2));
    for (int i = 0; i < sum.length; i++) {
      sum[i] += second[i];
    }
    assertThat(sum).containsExactly(whole, within(2e-5f));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void lossFallsUnderGradientDescent(ModelSpec spec) {
    SampleLayout samples = TinySamples.layout("finish", "like");
    SampleBatch batch = SampleBatch.all(TinySamples.block(samples, 24));
    ModelRun run = run(spec.create(samples));
    double before = run.loss(batch, factors(2));
    for (int step = 0; step < 40; step++) {
      float[] gradient = run.summed(batch, factors(2));
      for (int i = 0; i < gradient.length; i++) {
        run.weights[i] -= 0.05f * gradient[i];
      }
    }
    assertThat(run.loss(batch, factors(2))).isLessThan(0.95 * before);
  }
}
