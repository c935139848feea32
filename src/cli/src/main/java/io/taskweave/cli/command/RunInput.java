package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.pipeline.dataset.Fingerprint;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** What a run trains on: the samples of its workspace, and what they see of the past. */
record RunInput(Path samples, String fingerprint) {
  /** As it is now. */
  static RunInput of(PipelineConfiguration configuration, Path workspace, Configuration hadoop) {
    Path samples = new Path(workspace, "samples");
    String fingerprint = Fingerprint.of(samples, hadoop);
    return new RunInput(
        samples,
        configuration
            .history()
            .plan()
            .map(any -> fingerprint + "+" + Fingerprint.of(new Path(workspace, "history"), hadoop))
            .orElse(fingerprint));
  }

  /**
   * Refuses what a run has not been trained on: the same ids may stand for other values, and rows
   * that it has learnt may lie in another split.
   *
   * @throws InputRejectedException if the run has been trained on other samples
   */
  void requireTrainedOn(RunFolder run) {
    if (!run.record().path(RunFolder.INPUT).asText().equals(fingerprint)) {
      throw new InputRejectedException(
          "Cannot use the run with the samples of its workspace: they have been made anew since it"
              + " trained ("
              + samples
              + "), train "
              + run.path().getName()
              + " again, or make them as they were");
    }
  }
}
