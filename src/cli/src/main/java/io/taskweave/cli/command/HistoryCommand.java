package io.taskweave.cli.command;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
    name = "history",
    mixinStandardHelpOptions = true,
    description = {
      "Publishes what each user did, once an event and in order,",
      "and compares what some samples see of it with the log."
    },
    footer = {"", "Example:", "  taskweave history conf/globo-tin.conf"})
final class HistoryCommand extends StageCommand {
  @Override
  List<Stage> stages(DataStages stages) {
    List<Stage> histories = stages.histories();
    if (histories.isEmpty()) {
      throw new ConfigurationException(
          "Cannot make histories: history.sequences is missing, describe at least one");
    }
    return histories;
  }
}
