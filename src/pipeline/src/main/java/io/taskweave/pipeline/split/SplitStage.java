package io.taskweave.pipeline.split;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Publishes a split rule together with the rows that each part gets; it writes no rows. */
public final class SplitStage implements Stage {
  private static final List<String> PARTS =
      List.of(SplitRule.TRAIN, SplitRule.VALID, SplitRule.TEST);

  private final SplitRule rule;
  private final String userColumn;
  private final Path log;
  private final Path output;

  /**
   * @param log published data set of the log
   */
  public SplitStage(SplitRule rule, String userColumn, Path log, Path output) {
    this.rule = rule;
    this.userColumn = userColumn;
    this.log = log;
    this.output = output;
  }

  @Override
  public String name() {
    return "split";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of(log);
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>(Map.of("rule", rule.toString(), "user", userColumn));
  }

  /**
   * Counts rows by part and day.
   *
   * @throws InputRejectedException if a part has no rows or the deciding column is missing or null
   */
  @Override
  public StageResult run(StageContext context) {
    Dataset<Row> rows = DataSet.open(log).rows(context.spark());
    SortedMap<String, SortedMap<String, Long>> byDay = new TreeMap<>();
    SortedMap<String, Long> totals = new TreeMap<>();
    for (String part : PARTS) {
      totals.put(part, 0L);
    }
    for (Row row : countByPart(rows)) {
      if (row.isNullAt(1)) {
        throw new InputRejectedException(
            String.format(
                "Cannot split %s by %s: the deciding column is null in %d rows, fill it in the"
                    + " import",
                log, rule, row.getLong(2)));
      }
      String day = row.isNullAt(0) ? "" : row.getString(0);
      byDay.computeIfAbsent(day, ignored -> new TreeMap<>()).put(row.getString(1), row.getLong(2));
      totals.merge(row.getString(1), row.getLong(2), Long::sum);
    }
    if (totals.containsValue(0L)) {
      throw new InputRejectedException(
          String.format(
              "Cannot split %s by %s: a part has no rows (%s), move the boundaries",
              log, rule, totals));
    }
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    summary.put("rule", rule.toString());
    summary.put("separates_users", rule.separatesUsers());
    totals.forEach(summary.putObject("rows")::put);
    ObjectNode days = summary.putObject("rows_by_day");
    byDay.forEach((day, counts) -> counts.forEach(days.withObject("/" + day)::put));
    return StageResult.ofSummary(summary);
  }

  private List<Row> countByPart(Dataset<Row> rows) {
    try {
      return rows.select(
              rows.col(SampleColumns.DAY).cast("string").as("day"),
              rule.part(userColumn).as("part"))
          .groupBy("day", "part")
          .agg(count(lit(1)))
          .collectAsList();
    } catch (Exception failure) {
      if (failure instanceof AnalysisException) {
        throw new InputRejectedException(
            String.format(
                "Cannot split %s by %s: %s, name a column of the log",
                log, rule, failure.getMessage().lines().findFirst().orElse("")),
            failure);
      }
      throw failure;
    }
  }
}
