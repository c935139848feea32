package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.split.SplitRule;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Refuses logs of which no honest samples can be made, in one pass over the rows and a look at the
 * first ones.
 */
final class InputChecks {
  /** Carries a row's part of the split; no column of a log has this name. */
  static final String PART = "taskweave part";

  private static final int ROWS_SHOWN = 5;

  /** Rows for which {@code broken} holds must not exist. */
  private record Check(String what, Column value, Column broken, String advice) {}

  private InputChecks() {}

  /** Numbers must be finite or have a default. */
  static void verifyFeatures(Dataset<Row> log, EncoderDescription description) {
    List<Check> checks =
        features(log, description.fields().stream().map(FittedField::plan).toList());
    if (!checks.isEmpty()) {
      verify(log, checks, totals(log, counts(checks)));
    }
  }

  /**
   * Everything that training needs: usable rows, rows in every part (only days that are encoded on
   * their own need no evaluation parts), two users and a positive of each task in training.
   *
   * @param log with the part of each row in {@link #PART}
   */
  static void verifyTraining(Dataset<Row> log, FeaturePlan plan) {
    List<Check> checks = checks(log, plan);
    List<Column> totals = counts(checks);
    totals.addAll(parts(plan));
    Row row = totals(log, totals);
    verify(log, checks, row);
    verifyParts(row, checks.size(), plan);
    verifyUsers(log, plan);
  }

  private static List<Check> checks(Dataset<Row> log, FeaturePlan plan) {
    List<Check> checks = features(log, plan.fields());
    Column user = LogColumns.require(log, plan.userColumn(), "the user");
    checks.add(new Check("the user", user, user.isNull(), "fill it in the import"));
    LogColumns.require(log, plan.itemColumn(), "the item");
    for (TaskPlan task : plan.tasks()) {
      Column label = LogColumns.require(log, task.labelColumn(), "task " + task.name());
      Column number = label.cast("double");
      Column valid = number.equalTo(lit(0)).or(number.equalTo(lit(1)));
      checks.add(
          new Check(
              "the label of task " + task.name(),
              label,
              label.isNotNull().and(coalesce(valid, lit(false)).equalTo(lit(false))),
              "a label is 0, 1 or null"));
    }
    if (!plan.weightColumn().isEmpty()) {
      Column weight = LogColumns.require(log, plan.weightColumn(), "the sample weights");
      Column number = weight.cast("double");
      Column valid = number.geq(lit(0)).and(number.lt(lit(Double.POSITIVE_INFINITY)));
      checks.add(
          new Check(
              "the sample weight",
              weight,
              coalesce(valid, lit(false)).equalTo(lit(false)),
              "a weight is finite and not negative"));
    }
    return checks;
  }

  /** Rows by part, without part, training positives by task. */
  private static List<Column> parts(FeaturePlan plan) {
    Column part = col(PART);
    Column training = part.equalTo(lit(SplitRule.TRAIN));
    List<Column> totals = new ArrayList<>();
    for (String name : List.of(SplitRule.TRAIN, SplitRule.VALID, SplitRule.TEST)) {
      totals.add(count(when(part.equalTo(lit(name)), lit(1))));
    }
    totals.add(count(when(part.isNull(), lit(1))));
    for (TaskPlan task : plan.tasks()) {
      Column label = LogColumns.quoted(task.labelColumn()).cast("double");
      totals.add(count(when(training.and(label.equalTo(lit(1))), lit(1))));
    }
    return totals;
  }

  private static void verifyParts(Row row, int first, FeaturePlan plan) {
    long train = row.getLong(first);
    long valid = row.getLong(first + 1);
    long test = row.getLong(first + 2);
    long none = row.getLong(first + 3);
    boolean empty = train == 0 || (plan.days().isEmpty() && (valid == 0 || test == 0));
    if (empty || none > 0) {
      throw new InputRejectedException(
          String.format(
              "Cannot make samples: a part of the split has no rows or some rows have no part"
                  + " (train %d, valid %d, test %d, none %d), move the boundaries",
              train, valid, test, none));
    }
    for (int task = 0; task < plan.tasks().size(); task++) {
      if (row.getLong(first + 4 + task) == 0) {
        throw new InputRejectedException(
            String.format(
                "Cannot make samples: task %s has no positive label in the training part (0 of"
                    + " %d rows), drop the task or take a longer log",
                plan.tasks().get(task).name(), train));
      }
    }
  }

  /** Reads no more rows than it takes to meet a second user. */
  private static void verifyUsers(Dataset<Row> log, FeaturePlan plan) {
    Dataset<Row> users =
        log.where(col(PART).equalTo(lit(SplitRule.TRAIN)))
            .select(LogColumns.quoted(plan.userColumn()).cast("string").as(SampleColumns.USER));
    String first = users.first().getString(0);
    if (users.where(col(SampleColumns.USER).notEqual(lit(first))).isEmpty()) {
      throw new InputRejectedException(
          String.format(
              "Cannot make samples: the training part has one user only (%s), take a larger log",
              first));
    }
  }

  private static List<Check> features(Dataset<Row> log, List<FieldPlan> fields) {
    List<Check> checks = new ArrayList<>();
    for (FieldPlan field : fields) {
      Column raw = LogColumns.require(log, field.column(), "field " + field.name());
      if (field.kind() == FieldKind.NUMERIC || field.isBucketed()) {
        // A default stands for what is no number, not for a number without a logarithm.
        Column result = FieldValues.transformed(log, field);
        Column lost = result.isNull().or(isnan(result));
        boolean mayBeMissing = field.isBucketed() && field.missing() == null;
        checks.add(
            new Check(
                "the number of field " + field.name(),
                raw,
                mayBeMissing ? raw.isNotNull().and(lost) : lost,
                field.missing() == null
                    ? "clean the log or configure missing"
                    : "clean the log, or configure missing and clip so that there is a logarithm"));
      }
    }
    return checks;
  }

  private static List<Column> counts(List<Check> checks) {
    List<Column> counts = new ArrayList<>();
    checks.forEach(check -> counts.add(count(when(check.broken(), lit(1)))));
    return counts;
  }

  private static Row totals(Dataset<Row> log, List<Column> totals) {
    return log.agg(totals.get(0), totals.subList(1, totals.size()).toArray(Column[]::new)).first();
  }

  private static void verify(Dataset<Row> log, List<Check> checks, Row counts) {
    for (int i = 0; i < checks.size(); i++) {
      if (counts.getLong(i) > 0) {
        throw rejected(log, checks.get(i), counts.getLong(i));
      }
    }
  }

  private static InputRejectedException rejected(Dataset<Row> log, Check check, long rows) {
    boolean hasId = LogColumns.has(log, SampleColumns.SAMPLE_ID);
    Column id =
        hasId ? LogColumns.quoted(SampleColumns.SAMPLE_ID).cast("string") : lit("without id");
    List<String> shown =
        log
            .where(check.broken())
            .select(id.as("id"), check.value().cast("string").as("value"))
            .orderBy("id")
            .limit(ROWS_SHOWN)
            .collectAsList()
            .stream()
            .map(row -> row.getString(1) + " in sample " + row.getString(0))
            .toList();
    return new InputRejectedException(
        String.format(
            "Cannot make samples: %s is unusable in %d rows (%s), %s",
            check.what(), rows, String.join("; ", shown), check.advice()));
  }
}
