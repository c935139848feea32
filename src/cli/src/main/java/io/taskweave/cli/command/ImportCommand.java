package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = "Reads a raw log and publishes it as Parquet, partitioned by day.",
    footer = {
      "",
      "Example:",
      "  taskweave import conf/kuairand-stem.conf --workspace work/kuairand"
    })
final class ImportCommand extends StageCommand {
  @Override
  List<Stage> stages(DataStages stages) {
    return List.of(stages.importing());
  }
}
