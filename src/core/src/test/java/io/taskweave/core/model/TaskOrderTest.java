package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** AITM and ESMM, which know an order of tasks. */
class TaskOrderTest {
  private static final EmbeddingSpec TABLES = new EmbeddingSpec(3, 0.5);
  private static final AitmSpec AITM = new AitmSpec(TABLES, List.of(5, 4), List.of(3), 0);
  private static final EsmmSpec ESMM = new EsmmSpec(TABLES, List.of(5, 4), List.of(3), 0);

  private static List<String> reach(ModelSpec spec, SampleLayout samples, String prefix) {
    return spec.create(samples).parameters().parameters().stream()
        .filter(parameter -> parameter.name().startsWith(prefix))
        .map(parameter -> tasks(parameter, samples))
        .distinct()
        .toList();
  }

  private static String tasks(Parameter parameter, SampleLayout samples) {
    StringBuilder tasks = new StringBuilder();
    for (int task = 0; task < samples.tasks().size(); task++) {
      tasks.append(parameter.reachedBy(task) ? samples.tasks().get(task) : "");
    }
    return tasks.toString();
  }

  @Test
  void inAitmEveryLaterTaskReachesABottom() {
    SampleLayout samples = TinySamples.layout("A", "B", "C");
    assertThat(reach(AITM, samples, "embedding/")).containsExactly("ABC");
    assertThat(reach(AITM, samples, "bottom/task-A/")).containsExactly("ABC");
    assertThat(reach(AITM, samples, "bottom/task-B/")).containsExactly("BC");
    assertThat(reach(AITM, samples, "bottom/task-C/")).containsExactly("C");
    assertThat(reach(AITM, samples, "transfer/task-B/")).containsExactly("BC");
    assertThat(reach(AITM, samples, "transfer/task-C/")).containsExactly("C");
    assertThat(reach(AITM, samples, "transfer/attention/")).containsExactly("BC");
    assertThat(reach(AITM, samples, "towers/task-A/")).containsExactly("A");
  }

  @Test
  void esmmLearnsTheFirstTasksNetworkFromBoth() {
    SampleLayout samples = TinySamples.layout("A", "B");
    assertThat(reach(ESMM, samples, "embedding/")).containsExactly("AB");
    assertThat(reach(ESMM, samples, "bottom/task-A/")).containsExactly("AB");
    assertThat(reach(ESMM, samples, "towers/task-A/")).containsExactly("AB");
    assertThat(reach(ESMM, samples, "bottom/task-B/")).containsExactly("B");
    assertThat(reach(ESMM, samples, "towers/task-B/")).containsExactly("B");
  }

  @Test
  void esmmNeverFindsTheSecondTaskLikelierThanTheFirst() {
    SampleLayout samples = TinySamples.layout("A", "B");
    ModelRun run = ModelRun.started(ESMM.create(samples), 3);
    SampleBatch batch = SampleBatch.all(TinySamples.block(samples, 50));
    float[] logits = run.scores(batch);
    for (int i = 0; i < batch.count(); i++) {
      assertThat(logits[batch.count() + i]).isLessThan(logits[i]);
    }
  }

  @Test
  void theLogitOfAProductIsExactWhereTheProductIsNot() {
    double[] outputs = {-80, -30, -3, -0.1, 0, 0.5, 4, 30, 80};
    for (double a : outputs) {
      for (double b : outputs) {
        EntireSpaceLink link = new EntireSpaceLink();
        float[] logits = {(float) a, (float) b};
        link.forward(logits, 1);
        assertThat(logits[0]).isEqualTo((float) a);
        double expected = logitOfProduct((float) a, (float) b);
        assertThat((double) logits[1]).isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
        BitSet second = new BitSet();
        second.set(1);
        float[] slopes = link.backward(second, new float[] {9, 1}, 1);
        double step = 1e-4;
        double byA =
            (logitOfProduct((float) a + step, (float) b)
                    - logitOfProduct((float) a - step, (float) b))
                / (2 * step);
        double byB =
            (logitOfProduct((float) a, (float) b + step)
                    - logitOfProduct((float) a, (float) b - step))
                / (2 * step);
        assertThat((double) slopes[0]).isCloseTo(byA, within(1e-6));
        assertThat((double) slopes[1]).isCloseTo(byB, within(1e-6));
      }
    }
  }

  /** log p - log(1 - p) for p = sigmoid(a) sigmoid(b), with 1 - p = (1 - s) + s (1 - t). */
  private static double logitOfProduct(double a, double b) {
    double logarithm = -LogLoss.loss(a, true) - LogLoss.loss(b, true);
    double complement = LogLoss.probability(-a) + LogLoss.probability(a) * LogLoss.probability(-b);
    return logarithm - Math.log(complement);
  }

  @Test
  void esmmServesTwoTasks() {
    for (String[] tasks : new String[][] {{"A"}, {"A", "B", "C"}}) {
      assertThatThrownBy(() -> ESMM.create(TinySamples.layout(tasks)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("esmm serves two tasks ([A");
    }
  }

  @Test
  void labelsOutsideTheFunnelAreRefused() {
    assertThatCode(() -> Funnel.require("esmm", "click", "buy", 7, 0)).doesNotThrowAnyException();
    assertThatThrownBy(() -> Funnel.require("esmm", "click", "buy", 7, 2))
        .isInstanceOf(InputRejectedException.class)
        .hasMessage(
            "Cannot train esmm: it assumes that buy implies click, but samples have the one without"
                + " the other (2 of 7), order the tasks as a funnel or choose another model.type");
  }
}
