package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.report.Report;
import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Draws the report of a run. */
final class ReportStep {
  private final PipelineConfiguration configuration;

  ReportStep(PipelineConfiguration configuration) {
    this.configuration = configuration;
  }

  Path write() {
    Path run = new Path(configuration.workspace().runFolder());
    new RunFolder(run, new Configuration()).requireRun();
    try {
      return Report.write(
          new Path(configuration.workspace().workspace()), run, new Configuration());
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write the report of " + run + ": " + failure.getMessage() + ", check the folder",
          failure);
    }
  }
}
