package io.taskweave.engine.training;

import io.taskweave.core.metric.ScoreHistogram;
import java.io.IOException;
import org.apache.hadoop.fs.Path;

/** Weights and optimizer state between two steps, wherever an engine keeps them. */
public interface TrainedState {
  /** Histograms of the validation samples' scores, one a task. */
  ScoreHistogram[] validate();

  /** Writes all weights by name, for scoring. */
  void writeWeights(Path file) throws IOException;

  /** Writes what training needs to go on from here; the folder exists. */
  void writeCheckpoint(Path folder) throws IOException;
}
