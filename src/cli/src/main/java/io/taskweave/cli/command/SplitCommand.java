package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
    name = "split",
    mixinStandardHelpOptions = true,
    description = "Decides which rows train, validate and test.",
    footer = {
      "",
      "Example:",
      "  taskweave split conf/kuairand-stem.conf --set split.test-from=2022-05-03"
    })
final class SplitCommand extends StageCommand {
  @Override
  List<Stage> stages(DataStages stages) {
    return List.of(stages.split());
  }
}
