package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
    name = "validate",
    mixinStandardHelpOptions = true,
    description = {
      "Checks the imported log against its contract and draws the findings as",
      "validation.html in the workspace, also when they refuse it."
    },
    footer = {
      "",
      "Example:",
      "  taskweave validate conf/kuairand-stem.conf --set validate.mode=warn"
    })
final class ValidateCommand extends StageCommand {
  @Override
  List<Stage> stages(DataStages stages) {
    return List.of(stages.validation());
  }
}
