package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.BATCH;
import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.STREAMS;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.lastWeights;
import static io.taskweave.engine.training.TinyTraining.perTask;
import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.PcGrad;
import io.taskweave.core.dominance.MeasuredElements;
import io.taskweave.core.dominance.SampledSteps;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.dominance.UpdateAverages;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.PlainTaskSteps;
import io.taskweave.core.update.SlotUpdate;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.training.TrainingListener.Dominance;
import io.taskweave.engine.training.TrainingListener.TaskShare;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DominanceTest {
  private static final int BURST = 4;
  private static final TableDecay DECAY = new TableDecay(TableDecay.Kind.FULL, 0.01);

  @TempDir java.nio.file.Path folder;

  private List<Dominance> train(String name, TrainingPlan plan, boolean resume) {
    List<Dominance> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void dominance(Dominance dominance) {
            heard.add(dominance);
          }
        };
    TinyTraining.trainer().train(plan, data(), run(name), resume, listener);
    return heard;
  }

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private static TrainingPlan summed(int epochs, ModelSpec model) {
    return TinyTraining.builder(LAYOUT, model)
        .maxEpochs(epochs)
        .decay(DECAY)
        .clipping(new GradientClipping(GradientClipping.Kind.SUM, 0.3))
        .dominance(new DominancePlan(true, 0.9, BURST, 1_000_000))
        .build();
  }

  private static TrainingPlan unmeasured(TrainingPlan plan) {
    return plan.toBuilder().dominance(DominancePlan.OFF).build();
  }

  static Stream<TrainingPlan> plans() {
    TrainingPlan summed = summed(2, MODEL);
    return Stream.of(
        summed,
        perTask(summed, Adam.DEFAULT),
        summed.toBuilder().combination(new PcGrad()).build());
  }

  @ParameterizedTest
  @MethodSource("plans")
  void measuringDoesNotChangeABitOfTheWeights(TrainingPlan plan) throws IOException {
    assertThat(train("measured", plan, false)).isNotEmpty();
    assertThat(train("plain", unmeasured(plan), false)).isEmpty();
    assertThat(lastWeights(run("measured"))).isEqualTo(lastWeights(run("plain")));
  }

  @Test
  void aResumedTrainingMeasuresTheSameBursts() {
    List<Dominance> whole = train("whole", summed(3, MODEL), false);
    train("parts", summed(2, MODEL), false);
    List<Dominance> last = train("parts", summed(3, MODEL), true);
    assertThat(last)
        .isNotEmpty()
        .isEqualTo(whole.subList(whole.size() - last.size(), whole.size()));
  }

  @Test
  void modelsThatShareNothingAreNotMeasured() {
    ModelSpec single = new SingleTaskSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(4), 0);
    assertThat(train("single", summed(1, single), false)).isEmpty();
  }

  /** All at once, on one thread, without an engine and with both tasks' gradients at every step. */
  @ParameterizedTest
  @MethodSource("measured")
  void measuresWhatEachTaskMoves(TrainingPlan plan) {
    List<Dominance> measured = train("run", plan, false);
    Reference reference = new Reference(plan);
    reference.train();
    assertThat(measured)
        .extracting(Dominance::parameter)
        .containsExactly("embedding/shared/user", "embedding/shared/item", "bottom/shared/linear0");
    for (int group = 0; group < measured.size(); group++) {
      Dominance actual = measured.get(group);
      ShareSummary expected = reference.summaries()[group];
      assertThat(actual.epoch()).isEqualTo(1);
      assertThat(actual.step()).isEqualTo(reference.steps);
      assertThat(actual.measuredSteps()).isEqualTo(reference.measuredSteps);
      assertThat(actual.elements()).isEqualTo(expected.elements()).isPositive();
      assertThat(actual.tasks()).extracting(TaskShare::task).containsExactly("click", "like");
      for (int task = 0; task < 2; task++) {
        TaskShare share = actual.tasks().get(task);
        assertThat(share.mean()).isCloseTo(expected.mean(task), within(1e-3));
        assertThat(share.p50()).isCloseTo(expected.percentile(task, 50), within(5e-3));
        assertThat(share.dominated()).isCloseTo(expected.dominated(task), within(0.02));
        assertThat(share.histogram().stream().mapToLong(n -> n).sum()).isEqualTo(actual.elements());
      }
    }
  }

  static Stream<TrainingPlan> measured() {
    TrainingPlan summed = summed(1, MODEL);
    return Stream.of(
        summed,
        summed.toBuilder().weighting(new LossWeighting.Fixed(List.of(0.1, 3.0))).build(),
        summed.toBuilder()
            .clipping(GradientClipping.NONE)
            .optimizer(OptimizerSpec.perTask(Adam.DEFAULT))
            .build(),
        summed.toBuilder()
            .clipping(new GradientClipping(GradientClipping.Kind.PER_TASK, 100))
            .build());
  }

  /** Everywhere a slot a task. */
  private static final class Reference {
    private final TrainingPlan plan;
    private final MultiTaskModel model = MODEL.create(LAYOUT);
    private final ParameterLayout layout = model.parameters();
    private final float[] weights;
    private final MeasuredElements elements;
    private final UpdateAverages averages;
    private int steps;
    private int measuredSteps;

    Reference(TrainingPlan plan) {
      this.plan = plan;
      this.weights = layout.initialValues(plan.seed());
      this.elements = MeasuredElements.of(SlotLayout.summed(layout, 1), plan.seed(), 1_000_000);
      this.averages = new UpdateAverages(2, elements.count(), 0.9);
    }

    ShareSummary[] summaries() {
      return elements.summaries(0, averages);
    }

    void train() {
      StreamPartition all = StreamLoader.load(data().train(), Optional.empty(), plan, 1).first();
      int perStream = BATCH / STREAMS;
      steps = (all.longestStream() + perStream - 1) / perStream;
      int length = Burst.of(plan.dominance(), 2, steps).length();
      int[] places = IntStream.range(0, elements.count()).map(elements::place).toArray();
      PlainTaskSteps parts = new PlainTaskSteps(Adam.DEFAULT, 2, places);
      SlotUpdate update = new SlotUpdate(Adam.DEFAULT, 2);
      float[][] moments = new float[2][2 * weights.length];
      SampledSteps perTask = new SampledSteps(places, averages);
      for (int step = 1; step <= steps; step++) {
        float[][] byTask = gradients(all.batch(1, step - 1, perStream, 0, STREAMS));
        if (plan.optimizer().perTask()) {
          for (int i = 0; i < weights.length; i++) {
            weights[i] *= table(i) ? (float) (1 - plan.learningRate() * DECAY.lambda()) : 1;
          }
          update.perTask(
              weights,
              0,
              slots(byTask, 1),
              0,
              moments,
              0,
              weights.length,
              plan.learningRate(),
              step,
              new float[0],
              perTask);
          measuredSteps++;
          continue;
        }
        float[] sum = new float[weights.length];
        for (int i = 0; i < sum.length; i++) {
          sum[i] = byTask[0][i] + byTask[1][i] + (table(i) ? 0.01f * weights[i] : 0);
        }
        float scale = clip(sum, plan.clipping().norm());
        new SlotUpdate(Adam.DEFAULT, 1)
            .perTask(
                weights,
                0,
                sum,
                0,
                moments,
                0,
                sum.length,
                plan.learningRate(),
                step,
                new float[0],
                null);
        int place = plan.alwaysMeasured() ? length : step - 1 - (steps - length);
        if (place >= 0) {
          boolean counts = place >= length / 2;
          measuredSteps += counts ? 1 : 0;
          parts.observe(
              slots(byTask, scale),
              0,
              moments[1],
              0,
              plan.learningRate(),
              step,
              counts ? averages : (first, count, tasks, deltas) -> {});
        }
      }
    }

    private boolean table(int place) {
      for (int i = 0; i < layout.count(); i++) {
        if (place < layout.offset(i) + layout.get(i).size()) {
          return layout.get(i).isTable();
        }
      }
      return false;
    }

    private float[] slots(float[][] byTask, float scale) {
      float[] slots = new float[2 * weights.length];
      for (int i = 0; i < weights.length; i++) {
        slots[2 * i] = scale * byTask[0][i];
        slots[2 * i + 1] = scale * byTask[1][i];
      }
      return slots;
    }

    private float[][] gradients(SampleBatch batch) {
      float[] logits = new float[2 * batch.count()];
      double[] labelled = new double[2];
      LogLoss.addWeights(batch, labelled);
      ParameterStorage storage = ParameterStorage.flat(layout, weights, 0);
      model.forward(storage, batch, 0, logits);
      double[] lossWeights = plan.weighting().start(2, Adam.DEFAULT, new double[0]).current();
      float[][] byTask = new float[2][weights.length];
      for (int task = 0; task < 2; task++) {
        float[] factors = new float[2];
        factors[task] = labelled[task] > 0 ? (float) (lossWeights[task] / labelled[task]) : 0;
        float[] errors = new float[logits.length];
        LogLoss.gradient(batch, logits, factors, errors);
        model.backward(
            storage,
            batch,
            errors,
            Gradients.summed(ParameterStorage.flat(layout, byTask[task], 0)));
      }
      return byTask;
    }
  }

  private static float clip(float[] gradient, double norm) {
    double squares = 0;
    for (float value : gradient) {
      squares += (double) value * value;
    }
    double scale = norm / (Math.sqrt(squares) + 1e-6);
    if (scale >= 1) {
      return 1;
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] *= (float) scale;
    }
    return (float) scale;
  }
}
