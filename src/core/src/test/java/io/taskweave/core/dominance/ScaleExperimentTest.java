package io.taskweave.core.dominance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.dominance.ScaleExperiment.Method;
import io.taskweave.core.dominance.ScaleExperiment.Outcome;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScaleExperimentTest {
  private static final ScaleExperiment EXPERIMENT = new ScaleExperiment(1, 1000);

  @Test
  void underAdamTheTaskOfTheSmallLossLosesAsTheOtherGrows() {
    List<Outcome> outcomes =
        Stream.of(1, 10, 100, 1000).map(scale -> EXPERIMENT.run(Method.ADAM, scale)).toList();
    for (int i = 1; i < outcomes.size(); i++) {
      assertThat(outcomes.get(i).firstLoss()).isGreaterThan(outcomes.get(i - 1).firstLoss());
      assertThat(outcomes.get(i).secondLoss()).isLessThan(outcomes.get(i - 1).secondLoss());
      assertThat(outcomes.get(i).firstShare()).isLessThan(outcomes.get(i - 1).firstShare());
    }
    assertThat(outcomes.get(0).firstShare()).isBetween(0.4, 0.6);
    assertThat(outcomes.get(3).firstShare()).isLessThan(1e-3);
    assertThat(outcomes.get(3).firstLoss()).isGreaterThan(3 * outcomes.get(0).firstLoss());
  }

  @Test
  void underAdaTaskTheScaleIsOfNoEffect() {
    Outcome equal = EXPERIMENT.run(Method.ADATASK, 1);
    assertThat(equal.firstShare()).isBetween(0.4, 0.6);
    for (double scale : new double[] {10, 100, 1000}) {
      Outcome scaled = EXPERIMENT.run(Method.ADATASK, scale);
      assertThat(scaled.firstShare()).isCloseTo(equal.firstShare(), within(1e-5));
      for (int i = 0; i < equal.trajectory().size(); i++) {
        assertThat(scaled.trajectory().get(i).firstLoss())
            .isCloseTo(equal.trajectory().get(i).firstLoss(), within(1e-5));
        assertThat(scaled.trajectory().get(i).secondLoss())
            .isCloseTo(equal.trajectory().get(i).secondLoss(), within(1e-5));
      }
    }
  }

  @Test
  void itsGradientsAreThoseOfItsLosses() {
    float[] weights = new float[ConflictingTasks.WEIGHTS];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = 0.1f * i - 1;
    }
    ConflictingTasks tasks = new ConflictingTasks(3, 10);
    int samples = 4000;
    double[] mean = new double[2 * weights.length];
    float[] gradients = new float[mean.length];
    for (int step = 1; step <= samples; step++) {
      tasks.gradients(weights, step, gradients);
      for (int i = 0; i < mean.length; i++) {
        mean[i] += gradients[i] / samples;
      }
    }
    for (int i = 0; i < weights.length; i++) {
      float[] above = weights.clone();
      float[] below = weights.clone();
      above[i] += 0.5f;
      below[i] -= 0.5f;
      for (int task = 0; task < 2; task++) {
        double slope = tasks.loss(task, above) - tasks.loss(task, below);
        double scale = task == 0 ? 1 : 10;
        // Five deviations of the mean of the noise.
        assertThat(mean[2 * i + task] / scale)
            .isCloseTo(slope, within(5 * 0.3 / Math.sqrt(samples)));
      }
    }
  }

  @Test
  void refusesToRunNoStep() {
    assertThatThrownBy(() -> new ScaleExperiment(1, 0)).hasMessageContaining("(0)");
  }
}
