package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sequence.AttentionKind;
import io.taskweave.core.sequence.AttentionWeights;
import io.taskweave.core.sequence.InterestColumn;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalKind;
import io.taskweave.core.sequence.TemporalSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SequenceModelTest {
  private static final TemporalSpec POSITIONS = TemporalSpec.byPosition(0.5);
  private static final InterestSpec TIN = InterestSpec.tin(POSITIONS);
  private static final InterestSpec DIN = InterestSpec.din().withAttentionLayers(List.of(4, 3));

  static InterestNetSpec net(InterestSpec interest) {
    return new InterestNetSpec(
        new EmbeddingSpec(2, 0.7, interest), List.of(4), Activation.SIGMOID, false, "", 0);
  }

  private static StemNetSpec stemNet(int layers, boolean strict) {
    return new StemNetSpec(
        new EmbeddingSpec(2, 0.7, TIN),
        layers,
        1,
        1,
        List.of(4),
        List.of(),
        List.of(),
        0,
        GateInput.OWN_PLUS_SHARED,
        strict);
  }

  static Stream<ModelSpec> specs() {
    InterestSpec released = InterestSpec.releasedTin(POSITIONS);
    TemporalSpec fewPositions = new TemporalSpec(TemporalKind.POSITION, 2, List.of(), 0.5);
    return Stream.of(
        net(TIN),
        net(TIN.withTemporal(fewPositions)),
        net(TIN.withTemporal(TemporalSpec.none())),
        net(TIN.withAttention(AttentionKind.MEAN)),
        net(TIN.withColumns(List.of(InterestColumn.POOLED))),
        net(TIN.withWeights(AttentionWeights.SIGMOID)),
        net(TIN.withHeads(1)),
        net(TIN.withHeads(2)),
        net(TIN.withHeads(2).withWeights(AttentionWeights.SIGMOID)),
        net(released),
        new InterestNetSpec(
            new EmbeddingSpec(2, 0.7, released), List.of(4), Activation.SIGMOID, true, "item", 0),
        new InterestNetSpec(
            new EmbeddingSpec(2, 0.7, TIN), List.of(5), Activation.RELU, true, "", 0.3),
        net(InterestSpec.meanPooling()),
        net(DIN),
        net(DIN.withWeights(AttentionWeights.SIGMOID)),
        net(InterestSpec.dinWithProduct().withAttentionLayers(List.of(3)).withTemporal(POSITIONS)),
        net(InterestSpec.selfAttention(POSITIONS)),
        net(InterestSpec.selfAttention(POSITIONS).withHeads(2)),
        new SharedBottomSpec(new EmbeddingSpec(2, 0.7, TIN), List.of(4), List.of(), 0),
        new SingleTaskSpec(new EmbeddingSpec(2, 0.7, DIN), List.of(4), List.of(), 0),
        new MixtureSpec(
            false, new EmbeddingSpec(2, 0.7, TIN), true, 3, List.of(4), List.of(), List.of(), 0),
        new PleSpec(
            new EmbeddingSpec(2, 0.7, TIN),
            false,
            1,
            1,
            1,
            List.of(4),
            List.of(),
            List.of(),
            0,
            SharedGate.ALL_EXPERTS),
        stemNet(1, false));
  }

  private static ModelRun run(ModelSpec spec, SampleLayout samples) {
    ModelRun run = ModelRun.started(spec.create(samples), 11);
    for (int i = 0; i < run.layout.count(); i++) {
      String name = run.layout.get(i).name();
      if (name.endsWith("bias") || name.endsWith("gamma") || name.endsWith("beta")) {
        for (int k = 0; k < run.layout.get(i).size(); k++) {
          run.weights[run.layout.offset(i) + k] = 0.03f * ((k * 7 + i) % 5) + 0.05f;
        }
      }
    }
    return run;
  }

  @ParameterizedTest
  @MethodSource("specs")
  void everyParameterMatchesFiniteDifferences(ModelSpec spec) {
    SampleLayout samples = TinyHistories.layout("click", "buy");
    ModelRun run = run(spec, samples);
    SampleBatch batch = SampleBatch.all(TinyHistories.block(samples, 12));
    for (int task = 0; task < 2; task++) {
      float[] factors = new float[2];
      factors[task] = 0.5f;
      float[] gradient = run.summed(batch, factors);
      int spoiled = 0;
      int live = 0;
      for (int p = 0; p < run.layout.count(); p++) {
        Parameter parameter = run.layout.get(p);
        if (!parameter.reachedBy(task)) {
          continue;
        }
        int padding = parameter.isTable() ? parameter.shape()[1] : 0;
        for (int k = padding; k < parameter.size(); k++) {
          int place = run.layout.offset(p) + k;
          double difference = run.difference(batch, factors, place);
          if (Double.isNaN(difference)) {
            spoiled++;
          } else {
            live += Math.abs(difference) > 2e-3 ? 1 : 0;
            assertThat((double) gradient[place])
                .as("%s element %d", parameter, k)
                .isCloseTo(difference, within(3e-4 + 0.01 * Math.abs(difference)));
          }
        }
        for (int k = 0; k < padding; k++) {
          assertThat(gradient[run.layout.offset(p) + k]).as("padding of %s", parameter).isZero();
        }
      }
      assertThat(spoiled).as("elements on a kink").isLessThan(run.layout.size() / 20);
      assertThat(live).as("elements with a gradient").isGreaterThan(run.layout.size() / 8);
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void aBatchCutInTwoHasTheSameLogitsAndGradients(ModelSpec spec) {
    SampleLayout samples = TinyHistories.layout("click", "buy");
    ModelRun run = run(spec, samples);
    SampleBatch all = SampleBatch.all(TinyHistories.block(samples, 12));
    SampleBatch part = new SampleBatch(all.block(), 12);
    float[] factors = {0.3f, 0.2f};
    float[] whole = run.summed(all, factors);
    float[] scores = run.scores(all);
    float[] sum = new float[whole.length];
    // The longer part comes first, so that stale values of it would show in the second.
    int[][] ends = {{0, 9}, {9, 12}};
    for (int[] end : ends) {
      part.clear();
      for (int row = end[0]; row < end[1]; row++) {
        part.add(row);
      }
      float[] gradient = run.summed(part, factors);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += gradient[i];
      }
      float[] partScores = run.scores(part);
      for (int row = end[0]; row < end[1]; row++) {
        assertThat(partScores[row - end[0]]).isCloseTo(scores[row], within(1e-6f));
      }
    }
    if (!(spec instanceof InterestNetSpec net && net.dropout() > 0)) {
      assertThat(sum).containsExactly(whole, within(2e-6f));
    }
  }

  @Test
  void noLossReachesAnotherTasksTemporalRows() {
    SampleLayout samples = TinyHistories.layout("click", "buy");
    ModelRun run = run(stemNet(1, false), samples);
    SampleBatch batch = SampleBatch.all(TinyHistories.block(samples, 12));
    float[] ofClick = run.summed(batch, new float[] {0.5f, 0});
    List<String> zero = new ArrayList<>();
    List<String> live = new ArrayList<>();
    for (Parameter parameter : run.layout.parameters()) {
      if (parameter.name().startsWith("sequence/")) {
        boolean none = true;
        for (float value : run.slice(ofClick, parameter.name())) {
          none &= value == 0;
        }
        (none ? zero : live).add(parameter.name());
      }
    }
    assertThat(zero)
        .containsExactlyInAnyOrder(
            "sequence/task-buy/clicks/temporal",
            "sequence/task-buy/clicks/target/action",
            "sequence/task-buy/before/temporal");
    assertThat(live)
        .containsExactlyInAnyOrder(
            "sequence/task-click/clicks/temporal",
            "sequence/task-click/clicks/target/action",
            "sequence/task-click/before/temporal",
            "sequence/shared/clicks/temporal",
            "sequence/shared/clicks/target/action",
            "sequence/shared/before/temporal");
    // Yet all of them count in the forward pass.
    double loss = run.losses(batch, new float[] {1, 1})[0];
    int temporal = run.layout.indexOf("sequence/task-buy/clicks/temporal");
    run.weights[run.layout.offset(temporal)] += 1;
    assertThat(run.losses(batch, new float[] {1, 1})[0]).isNotEqualTo(loss);
  }

  @Test
  void withoutTheStopTheOtherTasksTemporalRowsHaveAGradient() {
    SampleLayout samples = TinyHistories.layout("click", "buy");
    StemNetSpec spec = stemNet(1, false);
    GatingPlan plan = StemNetTest.passingEverywhere(spec.plan(samples.tasks()));
    MultiTaskModel model = spec.create(samples, BlasFactory.instance(), plan);
    ModelRun run = ModelRun.started(model, 11);
    SampleBatch batch = SampleBatch.all(TinyHistories.block(samples, 12));
    float[] ofClick = run.summed(batch, new float[] {0.5f, 0});
    double sum = 0;
    for (float value : run.slice(ofClick, "sequence/task-buy/clicks/temporal")) {
      sum += Math.abs(value);
    }
    assertThat(sum).isPositive();
  }

  @Test
  void taskGradientsAddUpToTheSum() {
    SampleLayout samples = TinyHistories.layout("click", "buy");
    for (ModelSpec spec : specs().toList()) {
      ModelRun run = run(spec, samples);
      SampleBatch batch = SampleBatch.all(TinyHistories.block(samples, 12));
      float[] factors = {0.5f, 0.4f};
      float[] total = new float[run.layout.size()];
      for (float[] part : run.perTask(batch, factors)) {
        for (int i = 0; i < total.length; i++) {
          total[i] += part[i];
        }
      }
      assertThat(total).as("%s", spec).containsExactly(run.summed(batch, factors), within(2e-6f));
    }
  }

  @Test
  void aModelWithoutSequenceColumnsReadsNoHistory() {
    SampleLayout samples = TinyHistories.layout("click");
    ModelRun run = run(net(InterestSpec.none()), samples);
    assertThat(run.layout.parameters().stream().map(Parameter::name))
        .noneMatch(name -> name.startsWith("sequence/"));
    assertThat(run.scores(SampleBatch.all(TinyHistories.block(samples, 4)))).hasSize(4);
  }

  @Test
  void aBiasNeedsACategoricalField() {
    InterestNetSpec spec =
        new InterestNetSpec(
            new EmbeddingSpec(2, 0.7, TIN), List.of(), Activation.RELU, false, "price", 0);
    assertThatThrownBy(() -> spec.create(TinyHistories.layout("click")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("(price)");
  }
}
