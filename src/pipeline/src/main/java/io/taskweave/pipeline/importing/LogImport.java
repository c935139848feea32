package io.taskweave.pipeline.importing;

import static io.taskweave.pipeline.importing.TableReader.quoted;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.date_format;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.to_date;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;

/**
 * Reads a raw log and publishes it as the log: all raw and joined columns under their own names,
 * {@code sample_id} (a hash of the raw row), {@code time} (epoch milliseconds) and {@code dt}.
 */
public final class LogImport implements Stage {
  private final ImportPlan plan;
  private final Path output;

  public LogImport(ImportPlan plan, Path output) {
    this.plan = plan;
    this.output = output;
  }

  @Override
  public String name() {
    return "import";
  }

  @Override
  public Path output() {
    return output;
  }

  /** The files themselves, globs resolved. */
  @Override
  public List<Path> inputs() {
    Configuration configuration = new Configuration();
    List<Path> inputs = new ArrayList<>(TableReader.resolve(plan.path(), configuration));
    for (SideTable table : plan.sideTables()) {
      requireAsOf(table);
      inputs.addAll(TableReader.resolve(table.path(), configuration));
    }
    return inputs;
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>(java.util.Map.of("plan", plan.toString()));
  }

  @Override
  public StageResult run(StageContext context) {
    return TableReader.explained(plan.path(), () -> read(context));
  }

  private StageResult read(StageContext context) {
    TableReader reader = new TableReader(context.spark());
    context.progress().update("import: reading " + plan.path(), 0, 0);
    Dataset<Row> raw =
        reader.read(TableReader.resolve(plan.path(), context.configuration()), plan.format());
    requireFree(raw);
    Dataset<Row> read = withIdentity(raw).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      ObjectNode summary = JsonNodeFactory.instance.objectNode();
      Dataset<Row> rows = withoutDuplicates(read, summary);
      String firstDay = firstDay(rows);
      for (SideTable table : plan.sideTables()) {
        context.progress().update("import: joining " + table.path(), 0, 0);
        rows = join(rows, table, firstDay, reader, context.configuration());
      }
      context.progress().update("import: writing", 0, 0);
      // One file a day in a fixed order: the same rows give the same files.
      Dataset<Row> ordered =
          rows.repartition(col("dt")).sortWithinPartitions("dt", "time", "sample_id");
      return context.writeRows(ordered, List.of("dt"), summary);
    } finally {
      read.unpersist();
    }
  }

  private void requireFree(Dataset<Row> raw) {
    List<String> columns = List.of(raw.columns());
    if (!columns.contains(plan.timeColumn())) {
      throw missing(plan.timeColumn(), columns);
    }
    plan.dayColumn()
        .filter(day -> !columns.contains(day))
        .ifPresent(
            day -> {
              throw missing(day, columns);
            });
    for (String reserved : List.of("sample_id", "dt", "time")) {
      boolean used = columns.contains(reserved);
      if (used && !(reserved.equals("time") && plan.timeColumn().equals("time"))) {
        throw new InputRejectedException(
            "Cannot import "
                + plan.path()
                + ": column "
                + reserved
                + " has a name that the log uses itself, rename it");
      }
    }
  }

  private InputRejectedException missing(String column, List<String> columns) {
    return new InputRejectedException(
        String.format(
            "Cannot import %s: it has no column %s (%s), correct the mapping",
            plan.path(), column, String.join(", ", columns)));
  }

  private Dataset<Row> withIdentity(Dataset<Row> raw) {
    Column[] content =
        Arrays.stream(raw.columns())
            .flatMap(name -> Stream.of(quoted(name), quoted(name).isNull()))
            .toArray(Column[]::new);
    long factor = plan.timeUnit() == ImportPlan.TimeUnit.SECONDS ? 1000 : 1;
    Column time = quoted(plan.timeColumn()).cast("bigint").multiply(lit(factor));
    ZoneId zone = plan.zone();
    UDF1<Long, String> dayOf =
        millis ->
            millis == null
                ? null
                : Instant.ofEpochMilli(millis).atZone(zone).toLocalDate().toString();
    Column day =
        plan.dayColumn()
            .map(
                name ->
                    date_format(
                        to_date(quoted(name).cast("string"), plan.dayPattern()), "yyyy-MM-dd"))
            .orElseGet(() -> udf(dayOf, DataTypes.StringType).apply(time));
    Column sampleId = xxhash64(content);
    return raw.withColumn("dt", day).withColumn("sample_id", sampleId).withColumn("time", time);
  }

  private Dataset<Row> withoutDuplicates(Dataset<Row> read, ObjectNode summary) {
    Row counts = read.agg(count(lit(1)), count(col("time")), count(col("dt"))).first();
    long total = counts.getLong(0);
    if (total == 0) {
      throw new InputRejectedException(
          "Cannot import " + plan.path() + ": it holds no rows, check the file");
    }
    if (counts.getLong(1) < total || counts.getLong(2) < total) {
      throw new InputRejectedException(
          String.format(
              "Cannot import %s: %d rows have no event time and %d no valid day, correct the file or"
                  + " the mapping",
              plan.path(), total - counts.getLong(1), total - counts.getLong(2)));
    }
    summary.put("rows_read", total);
    summary.put("duplicate_rule", plan.duplicates().toString());
    if (plan.duplicates() instanceof DuplicateRule.KeepAll) {
      return read;
    }
    String[] raw =
        Arrays.stream(read.columns())
            .filter(name -> !List.of("dt", "sample_id", "time").contains(name))
            .toArray(String[]::new);
    Dataset<Row> exact = raw.length == 0 ? read : read.dropDuplicates(raw);
    long distinct = exact.count();
    summary.put("exact_duplicates_removed", total - distinct);
    if (!(plan.duplicates() instanceof DuplicateRule.ByKey rule)) {
      return exact;
    }
    Column[] key = rule.columns().stream().map(TableReader::quoted).toArray(Column[]::new);
    Column order =
        switch (rule.survivor()) {
          case FIRST_TIME -> col("time").asc();
          case LAST_TIME -> col("time").desc();
          case MAXIMUM -> quoted(rule.column()).desc_nulls_last();
          case MINIMUM -> quoted(rule.column()).asc_nulls_last();
        };
    Column rank = row_number().over(Window.partitionBy(key).orderBy(order, col("sample_id")));
    Dataset<Row> kept =
        exact.withColumn("_rank", rank).filter(col("_rank").equalTo(1)).drop("_rank");
    summary.put("key_duplicates_removed", distinct - kept.count());
    return kept;
  }

  private static String firstDay(Dataset<Row> rows) {
    return rows.agg(min(col("dt"))).first().getString(0);
  }

  private static void requireAsOf(SideTable table) {
    if (table.asOf().isEmpty()) {
      throw new InputRejectedException(
          "Cannot join "
              + table.path()
              + ": it declares no as-of and may hold what happened after"
              + " the labels, declare as-of (a day, or static) or leave it out");
    }
    String asOf = table.asOf().get();
    if (!asOf.equals(SideTable.STATIC)) {
      try {
        LocalDate.parse(asOf);
      } catch (DateTimeParseException wrong) {
        throw new InputRejectedException(
            "Cannot join "
                + table.path()
                + ": as-of is not a day ("
                + asOf
                + "), write yyyy-MM-dd or static",
            wrong);
      }
    }
  }

  private static Dataset<Row> join(
      Dataset<Row> rows,
      SideTable table,
      String firstDay,
      TableReader reader,
      Configuration configuration) {
    String asOf = table.asOf().orElse("");
    if (!asOf.equals(SideTable.STATIC) && asOf.compareTo(firstDay) >= 0) {
      throw new InputRejectedException(
          String.format(
              "Cannot join %s: its as-of (%s) covers labels of the log, which begins on %s, take an"
                  + " earlier table",
              table.path(), asOf, firstDay));
    }
    Dataset<Row> side =
        reader.read(TableReader.resolve(table.path(), configuration), table.format());
    List<String> found = List.of(side.columns());
    List<String> wanted =
        table.columns().isEmpty()
            ? found.stream().filter(name -> !name.equals(table.key())).toList()
            : table.columns();
    Stream.concat(Stream.of(table.key()), wanted.stream())
        .filter(name -> !found.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new InputRejectedException(
                  "Cannot join "
                      + table.path()
                      + ": it has no column "
                      + name
                      + ", correct the mapping");
            });
    List<String> present = List.of(rows.columns());
    wanted.stream()
        .filter(present::contains)
        .findFirst()
        .ifPresent(
            name -> {
              throw new InputRejectedException(
                  "Cannot join "
                      + table.path()
                      + ": the log has a column "
                      + name
                      + " already, choose the columns to join");
            });
    Column[] selected =
        Stream.concat(Stream.of(table.key()), wanted.stream())
            .map(TableReader::quoted)
            .toArray(Column[]::new);
    Dataset<Row> distinct = side.select(selected).distinct();
    List<Row> repeated =
        distinct.groupBy(quoted(table.key())).count().filter(col("count").gt(1)).takeAsList(1);
    if (!repeated.isEmpty()) {
      throw new InputRejectedException(
          String.format(
              "Cannot join %s: key %s is not unique (%s), keep one row of each",
              table.path(), table.key(), repeated.get(0).get(0)));
    }
    return rows.join(distinct, new String[] {table.key()}, "left");
  }
}
