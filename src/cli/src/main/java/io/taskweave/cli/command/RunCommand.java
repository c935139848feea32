package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Runs the whole pipeline, from import to report; what is up to date is skipped.",
    footer = {"", "Example:", "  taskweave run conf/kuairand-stem.conf"})
final class RunCommand implements Callable<Integer> {
  @Mixin private PipelineOptions options = new PipelineOptions();

  @Option(names = "--force", description = "Run even what is up to date.")
  private boolean force;

  @Option(
      names = "--resume",
      description = "Go on with an unfinished training from its last checkpoint.")
  private boolean resume;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PipelineConfiguration configuration = options.load();
    LogFile.below(configuration.workspace().workspace());
    PipelineRun run = new PipelineRun(configuration, out);
    run.prepareData(force);
    run.train(force, resume);
    try (DataApplication application =
        new DataApplication("evaluate", configuration.spark(), out)) {
      run.evaluate(application, force);
    }
    PipelineRun.printSummary(List.of(run), out);
    out.println("report in " + run.report());
    out.flush();
    return 0;
  }
}
