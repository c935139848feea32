package io.taskweave.cli.command;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.dataset.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = {
      "Scores a split of a run's samples, or a new table that needs no labels.",
      "A new table is encoded with the run's own vocabularies; it has the columns of the run's log",
      "as it was imported: if samples see histories, a time in milliseconds, whatever the raw file"
          + " calls it."
    },
    footer = {
      "",
      "Example:",
      "  taskweave predict work/demo/runs/stem-net --split test",
      "  taskweave predict work/demo/runs/stem-net --input candidates.csv --format csv"
          + " --output scores"
    })
final class PredictCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "RUN", description = "Folder of a finished run.")
  private String run;

  @ArgGroup(multiplicity = "1")
  private Rows rows;

  @Option(names = "--force", description = "Score again even if the predictions are up to date.")
  private boolean force;

  @Spec private CommandSpec spec;

  /** What to score. */
  private static final class Rows {
    @Option(
        names = "--split",
        paramLabel = "NAME",
        description = "Score train, valid or test of the run's samples.")
    private String split;

    @ArgGroup(exclusive = false)
    private Table table;
  }

  /** A new table and where its scores go. */
  private static final class Table {
    @Option(
        names = "--input",
        paramLabel = "PATH",
        required = true,
        description = "Table to score: a file, a folder or a glob.")
    private String input;

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        defaultValue = "parquet",
        description =
            "dataset (a log that taskweave has imported), parquet, csv or tsv with a header"
                + " (default: ${DEFAULT-VALUE}).")
    private TableFile.Format format;

    @Option(
        names = "--history",
        paramLabel = "[KIND=]LOG",
        description =
            "What the users did before; once a log. LOG, in the same format, takes the place of the"
                + " run's own log, KIND=LOG that of the source of that kind, as the run's"
                + " configuration reads it. Without any, the run's published history.")
    private List<String> histories = new ArrayList<>();

    @Option(
        names = "--output",
        paramLabel = "DIR",
        required = true,
        description = "Folder that gets the predictions as a data set.")
    private String output;

    @Option(
        names = "--own-epochs",
        description =
            "Score each task by the weights of its own best epoch, not of the epoch that is best"
                + " for all together. (The predictions of a split hold both.)")
    private boolean ownEpochs;
  }

  @Override
  public Integer call() {
    FinishedRun finished = FinishedRun.open(run);
    LogFile.below(finished.workspace().toString());
    try (DataApplication application =
        new DataApplication(
            spec.name(), finished.configuration().spark(), spec.commandLine().getOut())) {
      application.run(stage(finished), force);
    }
    return 0;
  }

  private Stage stage(FinishedRun finished) {
    Path published = finished.dataSet("history");
    if (rows.split == null) {
      Optional<RunHistory> history =
          rows.table.histories.isEmpty()
              ? RunHistory.published(finished.configuration(), published)
              : Optional.of(
                  RunHistory.brought(
                      finished.configuration(), rows.table.histories, rows.table.format));
      return ScoringStage.ofTable(
          finished.path(),
          new TableFile(new Path(rows.table.input), rows.table.format),
          history,
          new Path(rows.table.output),
          rows.table.ownEpochs);
    }
    if (!finished.splits().contains(rows.split)) {
      throw new ConfigurationException(
          "Cannot predict: no such split ("
              + rows.split
              + "), choose one of "
              + String.join(", ", finished.splits()));
    }
    finished.requireItsSamples();
    return ScoringStage.ofSplit(
        finished.path(),
        finished.dataSet("samples"),
        RunHistory.published(finished.configuration(), published),
        rows.split);
  }
}
