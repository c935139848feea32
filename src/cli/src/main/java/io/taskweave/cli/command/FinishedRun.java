package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ConfigurationLoader;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.pipeline.split.SplitRule;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A run that later commands name by its folder. The workspace is where the folder lies, wherever it
 * was when it trained.
 */
record FinishedRun(Path path, PipelineConfiguration configuration) {
  /**
   * @throws InputRejectedException if the folder holds no finished run
   */
  static FinishedRun open(String folder) {
    // A parsed URI that ends in a slash has no last name.
    Path path = new Path(folder.replaceAll("(?<=.)/+$", ""));
    RunFolder run = new RunFolder(path, new Configuration());
    run.requireFinished();
    return new FinishedRun(
        path, new ConfigurationLoader(Map.of()).ofResolved(run.text(RunFolder.RESOLVED)));
  }

  /**
   * @throws InputRejectedException if the samples of its workspace are not those of its training
   */
  void requireItsSamples() {
    Configuration hadoop = new Configuration();
    RunInput.of(configuration, workspace(), hadoop).requireTrainedOn(new RunFolder(path, hadoop));
  }

  List<String> splits() {
    return List.of(SplitRule.TRAIN, SplitRule.VALID, SplitRule.TEST);
  }

  Path workspace() {
    Path runs = path.getParent();
    return runs == null || runs.getParent() == null ? new Path(".") : runs.getParent();
  }

  Path dataSet(String name) {
    return new Path(workspace(), name);
  }
}
