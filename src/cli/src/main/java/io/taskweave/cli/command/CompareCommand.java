package io.taskweave.cli.command;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the second run minus the first on the same samples, by task and group,",
      "with 95 percent intervals from a bootstrap over users."
    },
    footer = {
      "",
      "Example:",
      "  taskweave compare work/demo/runs/shared-bottom work/demo/runs/stem-net"
    })
final class CompareCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FIRST", description = "Folder of an evaluated run.")
  private String first;

  @Parameters(
      index = "1",
      paramLabel = "SECOND",
      description = "Folder of an evaluated run; it gets comparison.json.")
  private String second;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    FinishedRun before = FinishedRun.open(first);
    FinishedRun after = FinishedRun.open(second);
    LogFile.below(after.workspace().toString());
    PrintWriter out = spec.commandLine().getOut();
    try (DataApplication application =
        new DataApplication(spec.name(), after.configuration().spark(), out)) {
      new ComparisonStep(before, after).run(application, out);
    }
    return 0;
  }
}
