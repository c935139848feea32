package io.taskweave.core.dominance;

import io.taskweave.core.update.TaskSteps;
import java.util.Arrays;

/** Hears of the steps of all weights and averages those of a sample. */
public final class SampledSteps implements TaskSteps {
  private final int[] sampled;
  private final UpdateAverages averages;

  /**
   * @param sampled the weights that are averaged, ascending, by their number in the update
   * @param averages one element a sampled weight
   */
  public SampledSteps(int[] sampled, UpdateAverages averages) {
    this.sampled = sampled.clone();
    this.averages = averages;
  }

  @Override
  public void steps(int first, int count, int tasks, float[] deltas) {
    int found = Arrays.binarySearch(sampled, first);
    for (int i = found >= 0 ? found : -found - 1; i < sampled.length; i++) {
      int place = sampled[i] - first;
      if (place >= count) {
        return;
      }
      for (int task = 0; task < tasks; task++) {
        averages.add(task, i, deltas[place * tasks + task]);
      }
    }
  }
}
