package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
    name = "negatives",
    mixinStandardHelpOptions = true,
    description = "Samples negatives for a log of positives.",
    footer = {
      "",
      "Example:",
      "  taskweave negatives conf/globo-tin.conf --set negatives.per-positive=2"
    })
final class NegativesCommand extends StageCommand {
  @Override
  List<Stage> stages(DataStages stages) {
    return List.of(stages.negatives());
  }
}
