package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
    name = "groups",
    mixinStandardHelpOptions = true,
    description = "Tells users with comparable feedback of two tasks from the others.",
    footer = {"", "Example:", "  taskweave groups conf/kuairand-stem.conf --set groups.kappa=2"})
final class GroupsCommand extends StageCommand {
  @Override
  List<Stage> stages(DataStages stages) {
    return List.of(stages.groups());
  }
}
