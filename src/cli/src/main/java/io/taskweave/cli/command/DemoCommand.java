package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ConfigurationLoader;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.demo.SyntheticLog;
import io.taskweave.cli.demo.SyntheticVisits;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.model.ModelType;
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
      "Makes a synthetic multi-feedback log in which tasks conflict, and runs the whole pipeline on",
      "it: single-task models, shared-bottom, which loses what the tasks have not in common, and",
      "STEM-Net, which wins it back; MMoE with a loss of clicks in a larger unit, so that clicks",
      "dominate under Adam, and again with AdaTask; and, on a log of visits, TIN with and without",
      "its temporal encoding. Needs no data and no cluster."
    },
    footer = {"", "Example:", "  taskweave demo --impressions 20000 --workspace work/small-demo"})
final class DemoCommand implements Callable<Integer> {
  private static final String CONFIGURATION = "conf/demo.conf";
  private static final String VISITS_CONFIGURATION = "conf/demo-visits.conf";
  private static final int MOST_VISITS = 60_000;

  /** As if the loss of clicks were in another unit than the others: nothing else is planted. */
  private static final String LOUD_CLICKS = "training.loss-weights.click=20";

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
    PipelineConfiguration single = configuration("single-task", ModelType.SINGLE_TASK);
    PipelineConfiguration shared = configuration("shared-bottom", ModelType.SHARED_BOTTOM);
    PipelineConfiguration stem = configuration("stem-net", ModelType.STEM_NET);
    PipelineConfiguration adam = configuration("mmoe-adam", ModelType.MMOE, LOUD_CLICKS);
    PipelineConfiguration adaTask =
        configuration(
            "mmoe-adatask", ModelType.MMOE, LOUD_CLICKS, "training.optimizer.per-task=true");
    PipelineConfiguration timeless =
        visitsConfiguration("tin-without-time", "model.sequences.temporal=none");
    PipelineConfiguration tin = visitsConfiguration("tin");
    LogFile.below(workspace);
    writeLog(out);
    PipelineRun singleRun = new PipelineRun(single, out);
    PipelineRun sharedRun = new PipelineRun(shared, out);
    PipelineRun stemRun = new PipelineRun(stem, out);
    PipelineRun adamRun = new PipelineRun(adam, out);
    PipelineRun adaTaskRun = new PipelineRun(adaTask, out);
    PipelineRun timelessRun = new PipelineRun(timeless, out);
    PipelineRun tinRun = new PipelineRun(tin, out);
    List<PipelineRun> runs =
        List.of(singleRun, sharedRun, stemRun, adamRun, adaTaskRun, timelessRun, tinRun);
    stemRun.prepareData(force);
    tinRun.prepareData(force);
    runs.forEach(run -> run.train(force, false));
    try (DataApplication application = new DataApplication(spec.name(), stem.spark(), out)) {
      runs.forEach(run -> run.evaluate(application, force));
      sharedRun.compare(application, FinishedRun.open(single.workspace().runFolder()));
      stemRun.compare(application, FinishedRun.open(shared.workspace().runFolder()));
      adaTaskRun.compare(application, FinishedRun.open(adam.workspace().runFolder()));
      tinRun.correlate(application, force);
      tinRun.compare(application, FinishedRun.open(timeless.workspace().runFolder()));
    }
    PipelineRun.printSummary(runs, out);
    for (PipelineRun run : runs) {
      out.println("report in " + run.report());
    }
    out.flush();
    return 0;
  }

  private PipelineConfiguration configuration(String run, ModelType model, String... changes) {
    List<String> all = new ArrayList<>(List.of(changes));
    all.add("model.type=" + model.key());
    return configuration(CONFIGURATION, workspace, run, all);
  }

  private PipelineConfiguration visitsConfiguration(String run, String... changes) {
    return configuration(VISITS_CONFIGURATION, workspace + "/visits", run, List.of(changes));
  }

  private PipelineConfiguration configuration(
      String file, String folder, String run, List<String> changes) {
    List<String> all = new ArrayList<>(assignments);
    all.addAll(changes);
    all.add("workspace=" + folder);
    all.add("seed=" + seed);
    all.add("run-name=" + run);
    return new ConfigurationLoader(System.getenv()).load(List.of(file), all);
  }

  private void writeLog(PrintWriter out) {
    if (impressions < 1) {
      throw new ConfigurationException(
          "Cannot make a log: --impressions must be at least 1 (" + impressions + ")");
    }
    Path file = Path.of(workspace, "raw", "demo.csv");
    try {
      new SyntheticLog(impressions, seed).writeCsv(file);
      new SyntheticVisits(Math.min(impressions, MOST_VISITS), seed)
          .writeCsv(Path.of(workspace, "visits", "raw"));
    } catch (IOException e) {
      throw new OutputConflictException(
          "Cannot write the log: " + e + ", choose another --workspace (" + workspace + ")", e);
    }
    out.println(String.format(Locale.ROOT, "%,d impressions in %s", impressions, file));
    out.flush();
  }
}
