package io.taskweave.core.dominance;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.SlotUpdate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampledStepsTest {
  /** An update of so many weights goes through them block by block. */
  @Test
  void aSampleAveragesLikeTheWhole() {
    int weights = 5000;
    int tasks = 3;
    int[] sampled = IntStream.range(0, weights).filter(i -> i % 7 == 3 || i > 4990).toArray();
    UpdateAverages whole = new UpdateAverages(tasks, weights, 0.9);
    UpdateAverages sample = new UpdateAverages(tasks, sampled.length, 0.9);
    SampledSteps steps = new SampledSteps(sampled, sample);
    float[] values = new float[weights];
    float[][] moments = new float[2][weights * tasks];
    SlotUpdate update = new SlotUpdate(Adam.DEFAULT, tasks);
    for (int step = 1; step <= 3; step++) {
      float[] gradients = new float[weights * tasks];
      for (int i = 0; i < gradients.length; i++) {
        gradients[i] = (float) CounterRandom.gaussian(step, i);
      }
      update.perTask(
          values,
          0,
          gradients,
          0,
          moments,
          0,
          weights,
          0.1,
          step,
          new float[0],
          (first, count, t, deltas) -> {
            whole.steps(first, count, t, deltas);
            steps.steps(first, count, t, deltas);
          });
    }
    for (int i = 0; i < sampled.length; i++) {
      for (int task = 0; task < tasks; task++) {
        assertThat(sample.average(task, i)).isEqualTo(whole.average(task, sampled[i])).isPositive();
      }
    }
  }
}
