package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
    name = "features",
    mixinStandardHelpOptions = true,
    description = {
      "Encodes the log into samples with vocabularies of the training part,",
      "searches the samples for leaks, and counts them."
    },
    footer = {
      "",
      "Example:",
      "  taskweave features conf/kuairand-stem.conf --set features.minimum-count=5"
    })
final class FeaturesCommand extends StageCommand {
  @Override
  List<Stage> stages(DataStages stages) {
    return List.of(stages.features(), stages.sampleAudit(), stages.analysis());
  }
}
