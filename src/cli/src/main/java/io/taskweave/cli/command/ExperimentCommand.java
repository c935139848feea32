package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ExperimentGrid;
import io.taskweave.cli.configuration.ExperimentGrid.Cell;
import io.taskweave.cli.configuration.PipelineConfiguration;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    description = {
      "Trains and evaluates a grid of models, optimizers, learning rates and seeds on the same data.",
      "Every cell is an ordinary run. Finished cells are skipped, a killed one goes on from its last",
      "checkpoint, and a cell that fails is recorded while the others go on."
    },
    footer = {"", "Example:", "  taskweave experiment conf/kuairand-experiment.conf"},
    subcommands = DominanceExperimentCommand.class)
final class ExperimentCommand implements Callable<Integer> {
  // Not required, since sub-commands have no configuration.
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "CONFIGURATION",
      description = "Configuration in HOCON with an experiment, conf/kuairand-experiment.conf.")
  private String file;

  @Mixin private OverridingOptions overriding = new OverridingOptions();

  @Option(names = "--force", description = "Run even what is up to date.")
  private boolean force;

  @Option(names = "--list", description = "Print the names of the cells and run nothing.")
  private boolean list;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (file == null) {
      throw new ParameterException(spec.commandLine(), "Missing required parameter: CONFIGURATION");
    }
    PrintWriter out = spec.commandLine().getOut();
    PipelineConfiguration configuration = overriding.load(file, List.of());
    List<Cell> cells = ExperimentGrid.cells(configuration);
    if (list) {
      cells.forEach(cell -> out.println(cell.name()));
      out.flush();
      return 0;
    }
    LogFile.below(configuration.workspace().workspace());
    return new ExperimentRun(configuration, cells, out, spec.commandLine().getErr()).run(force);
  }
}
