package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.metric.Checkpoint;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.evaluate.Comparison;
import io.taskweave.pipeline.evaluate.DifferenceRecord;
import io.taskweave.pipeline.evaluate.EvaluationPlan;
import io.taskweave.pipeline.group.UserGroups;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Measures what a run changes against an earlier one, into the later run's folder. */
final class ComparisonStep {
  static final String FILE = "comparison.json";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final FinishedRun before;
  private final FinishedRun after;

  ComparisonStep(FinishedRun before, FinishedRun after) {
    this.before = before;
    this.after = after;
  }

  /**
   * @throws ConfigurationException if the runs have other tasks
   */
  StepOutcome run(DataApplication application, PrintWriter out) {
    long start = System.nanoTime();
    requireSameTasks();
    List<DifferenceRecord> records = differences(application.spark());
    print(records, out);
    StepOutcome outcome =
        new StepOutcome(
            "compare",
            false,
            (System.nanoTime() - start) / 1e9,
            new Path(after.path(), FILE).toString());
    out.println(outcome.line());
    out.flush();
    return outcome;
  }

  private void requireSameTasks() {
    if (!before.configuration().tasks().equals(after.configuration().tasks())) {
      throw new ConfigurationException(
          "Cannot compare runs: their tasks differ ("
              + before.configuration().tasks()
              + ", "
              + after.configuration().tasks()
              + "), name two runs of the same tasks");
    }
  }

  private List<DifferenceRecord> differences(SparkSession spark) {
    EvaluationPlan plan = EvaluationStep.plan(after.configuration());
    Path groups = after.dataSet("groups");
    Configuration hadoop = spark.sessionState().newHadoopConf();
    Optional<Dataset<Row>> byGroup =
        DataSet.exists(groups, hadoop)
            ? Optional.of(DataSet.open(groups).rows(spark).select("user", "pair", "group"))
            : Optional.empty();
    List<DifferenceRecord> records =
        new Comparison(plan)
            .compare(
                EvaluationStep.predictions(spark, before.path(), plan.splits()),
                EvaluationStep.predictions(spark, after.path(), plan.splits()),
                byGroup);
    ObjectNode content = JSON.createObjectNode();
    content.put("first", before.path().getName());
    content.put("second", after.path().getName());
    content.set("differences", JSON.valueToTree(records));
    new RunFolder(after.path(), hadoop).writeText(FILE, content.toPrettyString() + "\n");
    return records;
  }

  /** AUC of the last split, whole and by overall group; the file has all else. */
  private void print(List<DifferenceRecord> records, PrintWriter out) {
    List<String> splits = after.configuration().evaluation().splits();
    String split = splits.get(splits.size() - 1);
    out.println(
        String.format(
            Locale.ROOT,
            "AUC on %s at the common best epoch and at each task's own: %s against %s, with 95 %%"
                + " intervals",
            split,
            after.path().getName(),
            before.path().getName()));
    for (DifferenceRecord record : records) {
      boolean shown =
          record.metric().equals("auc")
              && record.split().equals(split)
              && !Double.isNaN(record.difference())
              && isPrinted(record.group());
      if (shown) {
        out.println(
            String.format(
                Locale.ROOT,
                "  %-10s %-6s %-28s %.4f -> %.4f  %+.4f [%+.4f, %+.4f]",
                record.task(),
                record.checkpoint() == Checkpoint.OWN_EPOCH ? "own" : "common",
                record.group(),
                record.first(),
                record.second(),
                record.difference(),
                record.ciLow(),
                record.ciHigh()));
      }
    }
  }

  /** Where there are several pairs of tasks, their groups have the pair before a colon. */
  private static boolean isPrinted(String group) {
    return group.indexOf(':') < 0 || group.startsWith(UserGroups.OVERALL + ":");
  }
}
