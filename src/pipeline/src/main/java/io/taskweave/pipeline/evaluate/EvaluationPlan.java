package io.taskweave.pipeline.evaluate;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.metric.GaucWeighting;
import java.io.Serializable;
import java.util.List;

/**
 * What is measured.
 *
 * @param splits those to measure; others of the predictions are left out
 * @param calibrationBins bins of equal count by score; 0 for none
 * @param replicates of the bootstrap over users; 0 for no intervals
 */
public record EvaluationPlan(
    List<String> tasks,
    List<String> splits,
    List<GaucWeighting> gaucWeightings,
    int calibrationBins,
    int replicates,
    long seed)
    implements Serializable {
  public static final int DEFAULT_REPLICATES = 200;
  public static final int DEFAULT_CALIBRATION_BINS = 10;

  public EvaluationPlan {
    tasks = List.copyOf(tasks);
    splits = List.copyOf(splits);
    gaucWeightings = List.copyOf(gaucWeightings);
    if (tasks.isEmpty() || splits.isEmpty()) {
      throw new ConfigurationException(
          "Cannot evaluate: no task or no split (tasks "
              + tasks
              + ", splits "
              + splits
              + "), name at least one of each");
    }
    if (calibrationBins < 0 || replicates < 0) {
      throw new ConfigurationException(
          "Cannot evaluate: negative size (calibration bins "
              + calibrationBins
              + ", bootstrap replicates "
              + replicates
              + "), use 0 or more");
    }
  }
}
