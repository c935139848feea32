package io.taskweave.pipeline.analyse;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log2;
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
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.IntegerType;

/**
 * Publishes figures about samples as {@code analysis.json} and as the manifest's summary: rows and
 * label rates by split and day, co-occurrence of labels, activity of users and popularity of items,
 * missing and out-of-vocabulary rates by field and split.
 */
public final class AnalysisStage implements Stage {
  public static final String FILE = "analysis.json";

  private static final String FEATURE = SampleColumns.feature("");

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
    fields(rows, analysis.putArray("fields"));
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
    for (int first = 0; first < tasks.size(); first++) {
      for (int second = first + 1; second < tasks.size(); second++) {
        Column a = label(tasks.get(first));
        Column b = label(tasks.get(second));
        Row counts =
            rows.filter(a.isNotNull().and(b.isNotNull()))
                .agg(
                    count(lit(1)),
                    coalesce(sum(a), lit(0L)),
                    coalesce(sum(b), lit(0L)),
                    coalesce(sum(a.multiply(b)), lit(0L)))
                .head();
        ObjectNode entry =
            into.addObject()
                .put("first", tasks.get(first))
                .put("second", tasks.get(second))
                .put("rows", counts.getLong(0))
                .put("first_positives", counts.getLong(1))
                .put("second_positives", counts.getLong(2))
                .put("both", counts.getLong(3));
        double expected = (double) counts.getLong(1) * counts.getLong(2) / counts.getLong(0);
        if (expected > 0) {
          entry.put("lift", counts.getLong(3) / expected);
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
            .groupBy(floor(log2(col("rows"))).as("bin"))
            .agg(count(lit(1)), sum(col("rows")))
            .orderBy("bin")
            .collectAsList();
    for (Row bin : bins) {
      into.addObject()
          .put("from", 1L << bin.getLong(0))
          .put("to", (2L << bin.getLong(0)) - 1)
          .put("count", bin.getLong(1))
          .put("rows", bin.getLong(2));
    }
  }

  /** Id 0 is missing and id 1 out of vocabulary; fields of one id only. */
  private static void fields(Dataset<Row> rows, ArrayNode into) {
    List<String> fields =
        Arrays.stream(rows.schema().fields())
            .filter(field -> field.name().startsWith(FEATURE))
            .filter(field -> field.dataType() instanceof IntegerType)
            .map(field -> field.name())
            .toList();
    List<Column> sums = new ArrayList<>();
    for (String field : fields) {
      Column id = quoted(field);
      sums.add(sum(when(id.isNull().or(id.equalTo(0)), 1L).otherwise(0L)));
      sums.add(sum(when(id.equalTo(1), 1L).otherwise(0L)));
    }
    List<Row> counts =
        rows.groupBy(SampleColumns.SPLIT)
            .agg(count(lit(1)), sums.toArray(Column[]::new))
            .orderBy(SampleColumns.SPLIT)
            .collectAsList();
    for (int field = 0; field < fields.size(); field++) {
      for (Row row : counts) {
        into.addObject()
            .put("field", fields.get(field).substring(FEATURE.length()))
            .put("split", row.getString(0))
            .put("rows", row.getLong(1))
            .put("missing_rate", (double) row.getLong(2 + 2 * field) / row.getLong(1))
            .put("oov_rate", (double) row.getLong(3 + 2 * field) / row.getLong(1));
      }
    }
  }

  private static Column label(String task) {
    return quoted(SampleColumns.label(task)).cast("long");
  }

  private static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
