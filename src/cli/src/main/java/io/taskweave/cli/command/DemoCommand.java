package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ConfigurationLoader;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.demo.SyntheticLog;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a synthetic multi-feedback log in which tasks conflict, runs the whole pipeline on it",
      "for STEM-Net and for shared-bottom, and compares the two. Needs no data and no cluster."
    },
    footer = {"", "Example:", "  taskweave demo --impressions 20000 --workspace work/small-demo"})
final class DemoCommand implements Callable<Integer> {
  private static final String CONFIGURATION = "conf/demo.conf";
  private static final String BASELINE = "shared-bottom";
  private static final String MODEL = "stem-net";

  @Option(
      names = "--workspace",
      paramLabel = "DIR",
      description = "Folder of the log, the data sets and the runs (default: ${DEFAULT-VALUE}).")
  private String workspace = "work/demo";

  @Option(
      names = "--impressions",
      paramLabel = "N",
      description = "Rows of the log (default: ${DEFAULT-VALUE}).")
  private int impressions = SyntheticLog.DEFAULT_IMPRESSIONS;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every random choice (default: ${DEFAULT-VALUE}).")
  private long seed = 2023;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One key of the configuration. May be repeated.")
  private List<String> assignments = List.of();

  @Option(names = "--force", description = "Run even what is up to date.")
  private boolean force;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PipelineConfiguration ofBaseline = configuration(BASELINE);
    PipelineConfiguration ofModel = configuration(MODEL);
    LogFile.below(workspace);
    writeLog(out);
    PipelineRun baseline = new PipelineRun(ofBaseline, out);
    PipelineRun model = new PipelineRun(ofModel, out);
    model.prepareData(force);
    baseline.train(force, false);
    model.train(force, false);
    try (DataApplication application = new DataApplication(spec.name(), ofModel.spark(), out)) {
      baseline.evaluate(application, force);
      model.evaluate(application, force);
      model.compare(application, FinishedRun.open(ofBaseline.workspace().runFolder()));
    }
    PipelineRun.printSummary(List.of(model, baseline), out);
    out.println("report in " + model.report());
    out.flush();
    return 0;
  }

  private PipelineConfiguration configuration(String model) {
    List<String> all = new ArrayList<>(assignments);
    all.add("workspace=" + workspace);
    all.add("seed=" + seed);
    all.add("run-name=" + model);
    all.add("model.type=" + model);
    return new ConfigurationLoader(System.getenv()).load(List.of(CONFIGURATION), all);
  }

  private void writeLog(PrintWriter out) {
    if (impressions < 1) {
      throw new ConfigurationException(
          "Cannot make a log: --impressions must be at least 1 (" + impressions + ")");
    }
    Path file = Path.of(workspace, "raw", "demo.csv");
    try {
      new SyntheticLog(impressions, seed).writeCsv(file);
    } catch (IOException e) {
      throw new OutputConflictException(
          "Cannot write the log: " + e + ", choose another --workspace (" + workspace + ")", e);
    }
    out.println(String.format(Locale.ROOT, "%,d impressions in %s", impressions, file));
    out.flush();
  }
}
