package io.taskweave.pipeline.analyse;

import static org.apache.spark.sql.functions.bin;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.feature.FeatureStage;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Publishes figures about samples as {@code analysis.json} and as the manifest's summary: rows and
 * label rates by split and day, co-occurrence of labels, activity of users and popularity of items.
 */
public final class AnalysisStage implements Stage {
  public static final String FILE = "analysis.json";

  private final Path samples;
  private final Path output;
  private final List<String> tasks;

  public AnalysisStage(Path samples, Path output, List<String> tasks) {
    this.samples = samples;
    this.output = output;
    this.tasks = List.copyOf(tasks);
  }

  @Override
  public String name() {
    return "analysis";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of(samples);
  }

  @Override
  public SortedMap<String, String> settings() {
    TreeMap<String, String> settings = new TreeMap<>();
    settings.put("tasks", String.join(",", tasks));
    return settings;
  }

  @Override
  public StageResult run(StageContext context) {
    ObjectNode analysis = analyse(FeatureStage.samples(context.spark(), samples));
    context.writeText(FILE, analysis.toString());
    return StageResult.ofSummary(analysis);
  }

  ObjectNode analyse(Dataset<Row> rows) {
    ObjectNode analysis = JsonNodeFactory.instance.objectNode();
    labels(rows, analysis.putArray("labels"));
    coOccurrence(rows, analysis.putArray("co_occurrence"));
    curve(rows, SampleColumns.USER, analysis.putArray("user_activity"));
    curve(rows, SampleColumns.ITEM, analysis.putArray("item_popularity"));
    return analysis;
  }

  private void labels(Dataset<Row> rows, ArrayNode into) {
    List<Column> sums = new ArrayList<>();
    for (String task : tasks) {
      sums.add(count(label(task)));
      sums.add(coalesce(sum(label(task)), lit(0L)));
    }
    List<Row> counts =
        rows.groupBy(SampleColumns.SPLIT, SampleColumns.DAY)
            .agg(count(lit(1)), sums.toArray(Column[]::new))
            .orderBy(SampleColumns.SPLIT, SampleColumns.DAY)
            .collectAsList();
    for (Row row : counts) {
      for (int task = 0; task < tasks.size(); task++) {
        into.addObject()
            .put("split", row.getString(0))
            .put("dt", row.getString(1))
            .put("task", tasks.get(task))
            .put("rows", row.getLong(2))
            .put("labelled", row.getLong(3 + 2 * task))
            .put("positives", row.getLong(4 + 2 * task));
      }
    }
  }

  /** Rows with both labels known; lift is 1 for independent labels, null without positives. */
  private void coOccurrence(Dataset<Row> rows, ArrayNode into) {
    List<Column> sums = new ArrayList<>();
    for (int first = 0; first < tasks.size(); first++) {
      for (int second = first + 1; second < tasks.size(); second++) {
        Column a = label(tasks.get(first));
        Column b = label(tasks.get(second));
        Column known = a.isNotNull().and(b.isNotNull());
        sums.add(count(when(known, 1)));
        sums.add(count(when(known.and(a.equalTo(1)), 1)));
        sums.add(count(when(known.and(b.equalTo(1)), 1)));
        sums.add(count(when(a.equalTo(1).and(b.equalTo(1)), 1)));
      }
    }
    if (sums.isEmpty()) {
      return;
    }
    Row counts = rows.agg(sums.get(0), sums.subList(1, sums.size()).toArray(Column[]::new)).head();
    int next = 0;
    for (int first = 0; first < tasks.size(); first++) {
      for (int second = first + 1; second < tasks.size(); second++, next += 4) {
        long known = counts.getLong(next);
        long both = counts.getLong(next + 3);
        ObjectNode entry =
            into.addObject()
                .put("first", tasks.get(first))
                .put("second", tasks.get(second))
                .put("rows", known)
                .put("first_positives", counts.getLong(next + 1))
                .put("second_positives", counts.getLong(next + 2))
                .put("both", both);
        double expected = (double) counts.getLong(next + 1) * counts.getLong(next + 2) / known;
        if (expected > 0) {
          entry.put("lift", both / expected);
        } else {
          entry.putNull("lift");
        }
      }
    }
  }

  /** How many users or items have from 2^k to 2^(k+1) - 1 rows. */
  private static void curve(Dataset<Row> rows, String column, ArrayNode into) {
    List<Row> bins =
        rows.filter(col(column).isNotNull())
            .groupBy(col(column))
            .agg(count(lit(1)).as("rows"))
            .groupBy(length(bin(col("rows"))).minus(1).as("bin"))
            .agg(count(lit(1)), sum(col("rows")))
            .orderBy("bin")
            .collectAsList();
    for (Row power : bins) {
      into.addObject()
          .put("from", 1L << power.getInt(0))
          .put("to", (2L << power.getInt(0)) - 1)
          .put("count", power.getLong(1))
          .put("rows", power.getLong(2));
    }
  }

  private static Column label(String task) {
    return quoted(SampleColumns.label(task)).cast("long");
  }

  private static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
