package io.taskweave.pipeline.group;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.group.FeedbackGroups;
import io.taskweave.core.sample.SampleColumns;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Groups of users by their feedback in the training part, and figures about them. The definition is
 * this project's reading of the comparable samples of STEM (Su et al., AAAI 2024), which leaves
 * unit and threshold open: for tasks A and B with positives P,
 *
 * <p>{@code rho = ln((P_A + 1) / n_A) - ln((P_B + 1) / n_B)},
 *
 * <p>where n is the mean over users of P + 1 (normalised) or 1 (raw). A user is A-dominant above
 * the upper bound, B-dominant below the lower one and comparable between them, bounds included; a
 * user without a positive is a group of his own. Over more than two tasks at once, a user is
 * comparable if the largest and the smallest {@code ln((P + 1) / n)} differ by no more than the
 * bound, and else belongs to the task with the largest.
 */
public final class UserGroups {
  public static final String PAIR = "pair";
  public static final String RHO = "rho";
  public static final String GROUP = "group";

  /** The name of the grouping over all tasks at once, where there are more than two. */
  public static final String OVERALL = "overall";

  private static final String TRAIN = "train";
  private static final double HISTOGRAM_WIDTH = 0.25;
  private static final int HISTOGRAM_LIMIT = 24;

  /** Beyond the rounding of logarithms: 3 to 2 is the ratio 1.5, and a bound belongs to it. */
  private static final double ROUNDING = 1e-12;

  private static final int PERCENTILE_ACCURACY = 1_000_000;

  private final GroupPlan plan;

  public UserGroups(GroupPlan plan) {
    this.plan = plan;
  }

  /** Column of a task's positives in the training part. */
  public static String positives(String task) {
    return "positives_" + task;
  }

  /** The name of a pair of tasks. */
  public static String pair(String first, String second) {
    return first + "|" + second;
  }

  /** The greatest log-ratio of comparable feedback: a user at kappa itself is comparable. */
  public static double bound(double kappa) {
    return Math.log(kappa) + ROUNDING;
  }

  /**
   * One row a training user and pair.
   *
   * @param samples columns {@code user, split} and {@code label_<task>}
   */
  public Dataset<Row> table(Dataset<Row> samples) {
    return ofUsers(countPositives(samples));
  }

  /** As {@link #table}, out of what {@link #countPositives} has counted. */
  Dataset<Row> ofUsers(Dataset<Row> users) {
    double[] scales = scales(users);
    List<Column> columns = new ArrayList<>();
    columns.add(col(SampleColumns.USER));
    plan.tasks().forEach(task -> columns.add(quoted(positives(task))));
    Column[] logs = new Column[scales.length];
    Column feedback = lit(0L);
    for (int task = 0; task < scales.length; task++) {
      Column positives = quoted(positives(plan.tasks().get(task)));
      logs[task] = log(positives.plus(1).divide(scales[task]));
      feedback = feedback.plus(positives);
    }
    Dataset<Row> table = null;
    for (int first = 0; first < scales.length; first++) {
      for (int second = first + 1; second < scales.length; second++) {
        Column silent =
            quoted(positives(plan.tasks().get(first)))
                .plus(quoted(positives(plan.tasks().get(second))))
                .equalTo(0);
        Dataset<Row> part =
            ofPair(users, columns, logs[first].minus(logs[second]), silent, first, second);
        table = table == null ? part : table.unionByName(part);
      }
    }
    if (scales.length > 2) {
      table = table.unionByName(overall(users, columns, logs, feedback.equalTo(0)));
    }
    if (table == null) {
      return users
          .select(columns.toArray(Column[]::new))
          .withColumn(PAIR, lit(""))
          .withColumn(RHO, lit(0.0))
          .withColumn(GROUP, lit(""))
          .limit(0);
    }
    return table;
  }

  /** One row a training user: positives of each task. */
  Dataset<Row> countPositives(Dataset<Row> samples) {
    List<Column> counts = new ArrayList<>();
    for (String task : plan.tasks()) {
      counts.add(
          sum(coalesce(quoted(SampleColumns.label(task)).cast("long"), lit(0L)))
              .as(positives(task)));
    }
    counts.add(count(lit(1)).as("training_rows"));
    return samples
        .filter(col(SampleColumns.SPLIT).equalTo(TRAIN).and(col(SampleColumns.USER).isNotNull()))
        .groupBy(col(SampleColumns.USER))
        .agg(counts.get(0), counts.subList(1, counts.size()).toArray(Column[]::new));
  }

  /** Means over users of positives + 1, or ones for raw counts. */
  private double[] scales(Dataset<Row> users) {
    List<Column> sums = new ArrayList<>();
    plan.tasks().forEach(task -> sums.add(sum(quoted(positives(task)))));
    Row totals = users.agg(count(lit(1)), sums.toArray(Column[]::new)).head();
    long count = totals.getLong(0);
    if (count == 0) {
      throw new InputRejectedException(
          "Cannot group users: the training part has no row (0), check the split's dates or"
              + " shares");
    }
    double[] scales = new double[plan.tasks().size()];
    for (int task = 0; task < scales.length; task++) {
      scales[task] = plan.normalise() ? (double) totals.getLong(task + 1) / count + 1 : 1;
    }
    return scales;
  }

  private Dataset<Row> ofPair(
      Dataset<Row> users, List<Column> columns, Column rho, Column silent, int first, int second) {
    String taskA = plan.tasks().get(first);
    String taskB = plan.tasks().get(second);
    double[] bounds = bounds(users, rho, silent);
    Column group =
        when(silent, FeedbackGroups.NO_FEEDBACK)
            .when(rho.gt(bounds[1]), FeedbackGroups.dominant(taskA))
            .when(rho.lt(bounds[0]), FeedbackGroups.dominant(taskB))
            .otherwise(FeedbackGroups.COMPARABLE);
    return users
        .select(columns.toArray(Column[]::new))
        .withColumn(PAIR, lit(pair(taskA, taskB)))
        .withColumn(RHO, rho)
        .withColumn(GROUP, group);
  }

  /** By the spread of all tasks: comparable, or dominated by the task with most. */
  private Dataset<Row> overall(
      Dataset<Row> users, List<Column> columns, Column[] logs, Column silent) {
    Column largest = greatest(logs);
    Column spread = largest.minus(least(logs));
    double bound =
        bounds(users, spread, silent)[plan.method() == GroupPlan.Method.TERTILES ? 0 : 1];
    Column group =
        when(silent, FeedbackGroups.NO_FEEDBACK).when(spread.leq(bound), FeedbackGroups.COMPARABLE);
    for (int task = 0; task < logs.length; task++) {
      group =
          group.when(logs[task].equalTo(largest), FeedbackGroups.dominant(plan.tasks().get(task)));
    }
    return users
        .select(columns.toArray(Column[]::new))
        .withColumn(PAIR, lit(OVERALL))
        .withColumn(RHO, spread)
        .withColumn(GROUP, group);
  }

  private double[] bounds(Dataset<Row> users, Column rho, Column silent) {
    double limit = bound(plan.kappa());
    if (plan.method() == GroupPlan.Method.LOG_RATIO) {
      return new double[] {-limit, limit};
    }
    Row cuts =
        users
            .filter(not(silent))
            .select(rho.as(RHO))
            .agg(
                expr(
                    "percentile_approx(rho, array(1.0D / 3, 2.0D / 3), "
                        + PERCENTILE_ACCURACY
                        + ")"))
            .head();
    if (cuts.isNullAt(0)) {
      return new double[] {-limit, limit};
    }
    List<Double> values = cuts.getList(0);
    return new double[] {values.get(0), values.get(1)};
  }

  /**
   * What a report shows: settings, users by pair and group, label rates by pair, group and split,
   * users by kappa, and a histogram of rho over users with feedback.
   */
  ObjectNode summary(Dataset<Row> samples, Dataset<Row> table) {
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    summary.put("kappa", plan.kappa());
    summary.put("method", plan.method() == GroupPlan.Method.TERTILES ? "tertiles" : "log-ratio");
    summary.put("normalise", plan.normalise());
    ArrayNode tasks = summary.putArray("tasks");
    plan.tasks().forEach(tasks::add);
    ArrayNode sizes = summary.putArray("sizes");
    for (Row row : sorted(table.groupBy(PAIR, GROUP).count(), 2)) {
      sizes
          .addObject()
          .put("pair", row.getString(0))
          .put("group", row.getString(1))
          .put("users", row.getLong(2));
    }
    labelRates(samples, table, summary.putArray("label_rates"));
    sweep(table, summary.putArray("sweep"));
    rhoHistogram(table, summary.putArray("rho_histogram"));
    return summary;
  }

  private void labelRates(Dataset<Row> samples, Dataset<Row> table, ArrayNode into) {
    List<Column> labels = new ArrayList<>();
    for (String task : plan.tasks()) {
      labels.add(count(quoted(SampleColumns.label(task))));
      labels.add(coalesce(sum(quoted(SampleColumns.label(task)).cast("long")), lit(0L)));
    }
    Dataset<Row> groups =
        table.select(col(SampleColumns.USER).as("grouped_user"), col(PAIR), col(GROUP));
    Dataset<Row> rates =
        samples
            .withColumn("named", explode(lit(pairs())))
            .join(
                groups,
                col(SampleColumns.USER)
                    .equalTo(col("grouped_user"))
                    .and(col("named").equalTo(col(PAIR))),
                "left")
            .groupBy(
                col("named"),
                coalesce(col(GROUP), lit(FeedbackGroups.UNSEEN)).as(GROUP),
                col(SampleColumns.SPLIT))
            .agg(count(lit(1)), labels.toArray(Column[]::new));
    for (Row row : sorted(rates, 3)) {
      ObjectNode entry =
          into.addObject()
              .put("pair", row.getString(0))
              .put("group", row.getString(1))
              .put("split", row.getString(2))
              .put("rows", row.getLong(3));
      ObjectNode byTask = entry.putObject("label_rates");
      for (int task = 0; task < plan.tasks().size(); task++) {
        long labelled = row.getLong(4 + 2 * task);
        if (labelled == 0) {
          byTask.putNull(plan.tasks().get(task));
        } else {
          byTask.put(plan.tasks().get(task), (double) row.getLong(5 + 2 * task) / labelled);
        }
      }
    }
  }

  /** The names of all groupings, in their order. */
  private String[] pairs() {
    List<String> pairs = new ArrayList<>();
    List<String> tasks = plan.tasks();
    for (int first = 0; first < tasks.size(); first++) {
      for (int second = first + 1; second < tasks.size(); second++) {
        pairs.add(pair(tasks.get(first), tasks.get(second)));
      }
    }
    if (tasks.size() > 2) {
      pairs.add(OVERALL);
    }
    return pairs.toArray(String[]::new);
  }

  private void sweep(Dataset<Row> table, ArrayNode into) {
    if (plan.sweep().isEmpty()) {
      return;
    }
    List<Column> sums = new ArrayList<>();
    for (double kappa : plan.sweep()) {
      double limit = bound(kappa);
      sums.add(count(when(col(RHO).gt(limit), 1)));
      sums.add(count(when(abs(col(RHO)).leq(limit), 1)));
      sums.add(count(when(col(RHO).lt(-limit), 1)));
    }
    Dataset<Row> sizes =
        table
            .filter(col(GROUP).notEqual(FeedbackGroups.NO_FEEDBACK))
            .groupBy(PAIR)
            .agg(sums.get(0), sums.subList(1, sums.size()).toArray(Column[]::new));
    List<Row> byPair = sorted(sizes, 1);
    for (int kappa = 0; kappa < plan.sweep().size(); kappa++) {
      for (Row row : byPair) {
        into.addObject()
            .put("kappa", plan.sweep().get(kappa))
            .put("pair", row.getString(0))
            .put("first_dominant", row.getLong(1 + 3 * kappa))
            .put("comparable", row.getLong(2 + 3 * kappa))
            .put("second_dominant", row.getLong(3 + 3 * kappa));
      }
    }
  }

  private void rhoHistogram(Dataset<Row> table, ArrayNode into) {
    Column bin =
        least(
            greatest(floor(col(RHO).divide(HISTOGRAM_WIDTH)), lit((long) -HISTOGRAM_LIMIT)),
            lit((long) HISTOGRAM_LIMIT - 1));
    Dataset<Row> bins =
        table
            .filter(col(GROUP).notEqual(FeedbackGroups.NO_FEEDBACK))
            .groupBy(col(PAIR), bin.as("bin"))
            .count();
    for (Row row : sorted(bins, 2)) {
      into.addObject()
          .put("pair", row.getString(0))
          .put("from", row.getLong(1) * HISTOGRAM_WIDTH)
          .put("to", (row.getLong(1) + 1) * HISTOGRAM_WIDTH)
          .put("users", row.getLong(2));
    }
  }

  /** A small table in the order of its first columns, which hold no nulls. */
  private static List<Row> sorted(Dataset<Row> rows, int columns) {
    List<Row> found = new ArrayList<>(rows.collectAsList());
    found.sort(
        (a, b) -> {
          int order = 0;
          for (int column = 0; order == 0 && column < columns; column++) {
            order =
                a.get(column) instanceof Long number
                    ? Long.compare(number, b.getLong(column))
                    : a.getString(column).compareTo(b.getString(column));
          }
          return order;
        });
    return found;
  }

  private static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
