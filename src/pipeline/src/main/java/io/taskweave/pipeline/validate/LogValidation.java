package io.taskweave.pipeline.validate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Checks a log against its contract in one pass and publishes the findings: promised columns that
 * are absent, nulls in required columns, values out of range or not a number, labels other than 0
 * and 1, labels without a positive row, and labels among the features. Offending rows are read a
 * second time only when there are any.
 */
public final class LogValidation implements Stage {
  static final String QUARANTINE = "quarantine";

  private final ValidationPlan plan;
  private final Path log;
  private final Path output;

  public LogValidation(ValidationPlan plan, Path log, Path output) {
    this.plan = plan;
    this.log = log;
    this.output = output;
  }

  /** The log without the rows that the validation has set apart. */
  public static Dataset<Row> validRows(SparkSession spark, Path log, Path validation) {
    Dataset<Row> rows = DataSet.open(log).rows(spark);
    DataSet findings = DataSet.open(validation);
    if (findings.manifest().schema().isEmpty()) {
      return rows;
    }
    return rows.join(
        findings.rows(spark, QUARANTINE).select(SampleColumns.SAMPLE_ID),
        new String[] {SampleColumns.SAMPLE_ID},
        "left_anti");
  }

  @Override
  public String name() {
    return "validate";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of(log, new Path(plan.contract()));
  }

  @Override
  public SortedMap<String, String> settings() {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("mode", plan.mode().name());
    settings.put("offenders-named", Integer.toString(plan.offendersNamed()));
    settings.put("labels", String.join(",", plan.labelColumns()));
    settings.put("features", String.join(",", plan.featureColumns()));
    return settings;
  }

  /** A promise about rows: its words, and where it is broken. */
  private record RowCheck(String text, Column broken) {}

  @Override
  public StageResult run(StageContext context) {
    Dataset<Row> rows = DataSet.open(log).rows(context.spark());
    List<String> findings = new ArrayList<>();
    List<RowCheck> checks = rowChecks(context, rows.schema(), findings);
    for (String label : plan.labelColumns()) {
      if (plan.featureColumns().contains(label)) {
        findings.add("label " + label + " is among the features");
      }
    }

    List<Column> sums = new ArrayList<>();
    checks.forEach(check -> sums.add(sum(when(check.broken(), 1L).otherwise(0L))));
    List<String> labels = presentLabels(rows.schema());
    labels.forEach(label -> sums.add(sum(when(quoted(label).equalTo(1), 1L).otherwise(0L))));
    Row counts = rows.agg(count(lit(1)), sums.toArray(Column[]::new)).first();

    Column offending = lit(false);
    long broken = 0;
    for (int i = 0; i < checks.size(); i++) {
      long offenders = counts.isNullAt(i + 1) ? 0 : counts.getLong(i + 1);
      if (offenders > 0) {
        broken += offenders;
        offending = offending.or(checks.get(i).broken());
        findings.add(
            checks.get(i).text()
                + " in "
                + offenders
                + " rows, first sample_id "
                + firstOffenders(rows, checks.get(i).broken()));
      }
    }
    for (int i = 0; i < labels.size(); i++) {
      int place = checks.size() + 1 + i;
      if (counts.isNullAt(place) || counts.getLong(place) == 0) {
        findings.add("label " + labels.get(i) + " is 1 in no row");
      }
    }
    return publish(context, rows, findings, broken > 0 ? offending : lit(false), counts.getLong(0));
  }

  private StageResult publish(
      StageContext context, Dataset<Row> rows, List<String> findings, Column offending, long read) {
    if (plan.mode() == ValidationPlan.Mode.FAIL && !findings.isEmpty()) {
      throw new InputRejectedException(
          "Cannot accept the log: "
              + String.join("; ", findings)
              + "; mend the log, or set validate.mode to warn or quarantine");
    }
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    summary.put("contract", plan.contract());
    summary.put("mode", plan.mode().name());
    summary.put("rows", read);
    ArrayNode list = summary.putArray("findings");
    findings.forEach(list::add);
    context.writeText("validation.json", summary.toPrettyString());
    if (plan.mode() != ValidationPlan.Mode.QUARANTINE) {
      return StageResult.ofSummary(summary);
    }
    Path apart = new Path(context.dataFolder(), QUARANTINE);
    rows.where(offending).select(SampleColumns.SAMPLE_ID).write().parquet(apart.toString());
    return StageResult.ofRows(context.spark().read().parquet(apart.toString()), summary);
  }

  private List<RowCheck> rowChecks(StageContext context, StructType schema, List<String> findings) {
    Set<String> present = Set.copyOf(Arrays.asList(schema.fieldNames()));
    List<RowCheck> checks = new ArrayList<>();
    Path contract = new Path(plan.contract());
    for (DataContract.Column column :
        DataContract.read(contract, context.configuration()).columns()) {
      String name = column.name();
      if (!present.contains(name)) {
        findings.add("column " + name + " is absent");
        continue;
      }
      Column value = quoted(name);
      if (column.required()) {
        checks.add(new RowCheck("null in required column " + name, value.isNull()));
      }
      column
          .minimum()
          .ifPresent(
              bound ->
                  checks.add(new RowCheck(name + " below " + bound, isTrue(value.lt(lit(bound))))));
      column
          .maximum()
          .ifPresent(
              bound ->
                  checks.add(new RowCheck(name + " above " + bound, isTrue(value.gt(lit(bound))))));
      DataType type = schema.apply(name).dataType();
      if (type.equals(DataTypes.DoubleType) || type.equals(DataTypes.FloatType)) {
        checks.add(new RowCheck(name + " is not a number", isTrue(isnan(value))));
      }
    }
    for (String label : plan.labelColumns()) {
      if (present.contains(label)) {
        checks.add(
            new RowCheck(
                "label " + label + " other than 0 and 1",
                isTrue(quoted(label).notEqual(0).and(quoted(label).notEqual(1)))));
      } else {
        findings.add("label " + label + " is absent");
      }
    }
    return checks;
  }

  private List<String> presentLabels(StructType schema) {
    List<String> names = Arrays.asList(schema.fieldNames());
    return plan.labelColumns().stream().filter(names::contains).toList();
  }

  private String firstOffenders(Dataset<Row> rows, Column broken) {
    return rows
        .where(broken)
        .select(SampleColumns.SAMPLE_ID)
        .orderBy(SampleColumns.SAMPLE_ID)
        .limit(plan.offendersNamed())
        .collectAsList()
        .stream()
        .map(row -> Long.toString(row.getLong(0)))
        .toList()
        .toString();
  }

  /** A comparison with null is unknown, which breaks no promise. */
  private static Column isTrue(Column condition) {
    return coalesce(condition, lit(false));
  }

  private static Column quoted(String name) {
    return new Column("`" + name.replace("`", "``") + "`");
  }
}
