package io.taskweave.pipeline.validate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Fingerprint;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Checks a log against its contract and publishes the findings, also those that refuse it: a person
 * can read them, and no later stage makes anything of the log.
 *
 * <p>One aggregation checks types, nulls, ranges, lengths, patterns, allowed values, label values,
 * labels without a positive row, event times and the rows of each day. Each key that must be unique
 * takes a shuffle of its own. Offending rows are read again only when there are any. Leaks that
 * show before training are found too: a label or an outcome among the features, and a joined column
 * whose {@code asOf} covers the log.
 */
public final class LogValidation implements Stage {
  public static final String FILE = "validation.json";
  static final String QUARANTINE = "quarantine";
  private static final int FORMAT_VERSION = 1;

  private final ValidationPlan plan;
  private final Path log;
  private final Path output;

  public LogValidation(ValidationPlan plan, Path log, Path output) {
    this.plan = plan;
    this.log = log;
    this.output = output;
  }

  /**
   * The log without the rows that the validation has set apart.
   *
   * @throws InputRejectedException if the validation has refused the log, or is of another one
   */
  public static Dataset<Row> validRows(SparkSession spark, Path log, Path validation) {
    Configuration configuration = spark.sessionState().newHadoopConf();
    DataSet findings = DataSet.open(validation, configuration);
    if (!findings
        .manifest()
        .inputs()
        .get(0)
        .fingerprint()
        .equals(Fingerprint.of(log, configuration))) {
      throw new InputRejectedException(
          "Cannot use " + log + ": it has changed since it was validated, run validate again");
    }
    verify(findings.manifest());
    Dataset<Row> rows = DataSet.open(log, configuration).rows(spark);
    if (findings.manifest().schema().isEmpty()) {
      return rows;
    }
    return rows.join(
        findings.rows(spark, QUARANTINE).select(SampleColumns.SAMPLE_ID).distinct(),
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

  /** The log comes first: {@link #validRows} compares it. */
  @Override
  public List<Path> inputs() {
    return List.of(log, new Path(plan.contract()));
  }

  @Override
  public SortedMap<String, String> settings() {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("mode", plan.mode().name());
    settings.put("max-row-count-change", Double.toString(plan.maximumRowCountChange()));
    settings.put("day-tolerance", plan.dayTolerance().toString());
    settings.put("zone", plan.zone().getId());
    settings.put("offenders-named", Integer.toString(plan.offendersNamed()));
    settings.put("labels", String.join(",", plan.labelColumns()));
    settings.put("features", String.join(",", plan.featureColumns()));
    return settings;
  }

  @Override
  public void accept(Manifest published) {
    verify(published);
  }

  private static void verify(Manifest findings) {
    if (Verdict.of(findings.summary().path("status").asText()) != Verdict.REFUSED) {
      return;
    }
    List<String> messages = new ArrayList<>();
    findings.summary().path("findings").forEach(f -> messages.add(f.path("message").asText()));
    throw new InputRejectedException(
        "Cannot accept the log: "
            + String.join("; ", messages)
            + "; mend the log, or set validate.mode to warn or quarantine");
  }

  @Override
  public StageResult run(StageContext context) {
    DataContract contract = DataContract.read(new Path(plan.contract()), context.configuration());
    Dataset<Row> rows = DataSet.open(log, context.configuration()).rows(context.spark());
    StructType schema = rows.schema();
    RowChecks rowChecks = RowChecks.of(contract, plan, schema);
    List<RowCheck> checks = rowChecks.checks();
    List<String> labels = present(plan.labelColumns(), schema);
    DayCounts counts = DayCounts.of(rows, checks, labels, RowChecks.timeColumn(contract, schema));

    List<Finding> findings = new ArrayList<>(rowChecks.findings());
    findings.addAll(leaks(contract, counts));
    for (int i = 0; i < labels.size(); i++) {
      if (counts.positives().get(i) == 0) {
        findings.add(
            Finding.ofLog(
                "label-without-positive",
                labels.get(i),
                "label " + labels.get(i) + " is 1 in no row"));
      }
    }
    findings.addAll(counts.changes(plan.maximumRowCountChange()));

    Map<KeyCheck, Long> repeated = new HashMap<>();
    List<KeyCheck> keys = contract.keys().stream().map(KeyCheck::new).toList();
    for (KeyCheck key : keys) {
      if (present(key.key(), schema).size() == key.key().size()) {
        repeated.put(key, key.repeatedRows(rows));
      }
    }
    Optional<Offences> offences = offences(rows, checks, counts.broken(), repeated);
    Map<String, List<Finding.Offender>> first =
        offences
            .map(found -> (Map<String, List<Finding.Offender>>) found.first(plan.offendersNamed()))
            .orElse(Map.of());
    ArrayNode promises = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < checks.size(); i++) {
      RowCheck check = checks.get(i);
      promise(
          promises,
          findings,
          first,
          check.kind(),
          check.column(),
          check.breach(),
          counts.broken().get(i));
    }
    for (KeyCheck key : keys) {
      if (repeated.containsKey(key)) {
        promise(
            promises, findings, first, "uniqueness", key.column(), key.breach(), repeated.get(key));
      }
    }

    Verdict verdict = verdict(findings);
    ObjectNode summary = summary(contract, counts, schema, findings, promises, verdict);
    if (verdict != Verdict.QUARANTINED || offences.isEmpty()) {
      context.writeText(FILE, summary.toPrettyString());
      return StageResult.ofSummary(summary);
    }
    Path apart = new Path(context.dataFolder(), QUARANTINE);
    offences.get().byRow().write().parquet(apart.toString());
    StageResult result =
        StageResult.ofRows(context.spark().read().parquet(apart.toString()), summary);
    summary.put("quarantined_rows", result.rows());
    context.writeText(FILE, summary.toPrettyString());
    return result;
  }

  /** Every promise is listed with the rows that break it; broken ones are findings too. */
  private static void promise(
      ArrayNode promises,
      List<Finding> findings,
      Map<String, List<Finding.Offender>> first,
      String kind,
      String column,
      String breach,
      long broken) {
    promises
        .addObject()
        .put("check", kind)
        .put("column", column)
        .put("breach", breach)
        .put("broken_rows", broken);
    if (broken > 0) {
      findings.add(
          new Finding(kind, column, breach, broken, first.getOrDefault(breach, List.of())));
    }
  }

  private static Optional<Offences> offences(
      Dataset<Row> rows, List<RowCheck> checks, List<Long> broken, Map<KeyCheck, Long> repeated) {
    List<RowCheck> failing = new ArrayList<>();
    for (int i = 0; i < checks.size(); i++) {
      if (broken.get(i) > 0) {
        failing.add(checks.get(i));
      }
    }
    Optional<Offences> all =
        failing.isEmpty() ? Optional.empty() : Optional.of(Offences.of(rows, failing));
    for (Map.Entry<KeyCheck, Long> key : repeated.entrySet()) {
      if (key.getValue() > 0) {
        Offences sharing = key.getKey().offences(rows);
        all = Optional.of(all.map(found -> found.and(sharing)).orElse(sharing));
      }
    }
    return all;
  }

  private List<Finding> leaks(DataContract contract, DayCounts counts) {
    List<Finding> leaks = new ArrayList<>();
    for (String feature : new LinkedHashSet<>(plan.featureColumns())) {
      Optional<ColumnRole> role = contract.column(feature).flatMap(PromisedColumn::role);
      if (plan.labelColumns().contains(feature)) {
        leaks.add(leak(feature, "label " + feature + " is among the features"));
      } else if (role.isPresent() && role.get().tellsTheLabel()) {
        leaks.add(
            leak(
                feature,
                "column "
                    + feature
                    + " is among the features, but the contract calls it "
                    + role.get().text()));
      }
    }
    for (PromisedColumn column : contract.columns()) {
      boolean covers =
          column.asOf().isPresent()
              && counts.firstDay().isPresent()
              && column.asOf().get().covers(counts.firstDay().get(), plan.zone());
      if (covers) {
        leaks.add(
            Finding.ofLog(
                "as-of",
                column.name(),
                "column "
                    + column.name()
                    + " knows what happened until "
                    + column.asOf().get().text()
                    + ", but the labels of the log begin on "
                    + counts.firstDay().get()));
      }
    }
    return leaks;
  }

  private static Finding leak(String column, String breach) {
    return Finding.ofLog("label-among-features", column, breach);
  }

  private Verdict verdict(List<Finding> findings) {
    if (findings.isEmpty()) {
      return Verdict.PASSED;
    }
    return switch (plan.mode()) {
      case WARN -> Verdict.WARNED;
      case QUARANTINE ->
          findings.stream().allMatch(finding -> finding.rows() > 0)
              ? Verdict.QUARANTINED
              : Verdict.REFUSED;
      case FAIL -> Verdict.REFUSED;
    };
  }

  private ObjectNode summary(
      DataContract contract,
      DayCounts counts,
      StructType schema,
      List<Finding> findings,
      ArrayNode promises,
      Verdict verdict) {
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    summary.put("format_version", FORMAT_VERSION);
    summary.put("status", verdict.text());
    summary.put("mode", plan.mode().name().toLowerCase(java.util.Locale.ROOT));
    summary
        .putObject("contract")
        .put("path", plan.contract())
        .put("id", contract.id())
        .put("version", contract.version());
    summary.put("rows", counts.rows());
    counts.firstTime().ifPresent(time -> summary.put("first_time", time));
    counts.lastTime().ifPresent(time -> summary.put("last_time", time));
    counts.rowsByDay().forEach(summary.putObject("rows_by_day")::put);
    ArrayNode list = summary.putArray("findings");
    findings.forEach(finding -> list.add(finding.toJson()));
    summary.set("checks", promises);
    ArrayNode undeclared = summary.putArray("undeclared_columns");
    Arrays.stream(schema.fieldNames())
        .filter(name -> contract.column(name).isEmpty())
        .forEach(undeclared::add);
    contract.unchecked().forEach(summary.putArray("unchecked")::add);
    return summary;
  }

  private static List<String> present(List<String> names, StructType schema) {
    Set<String> fields = Set.of(schema.fieldNames());
    return names.stream().filter(fields::contains).toList();
  }
}
