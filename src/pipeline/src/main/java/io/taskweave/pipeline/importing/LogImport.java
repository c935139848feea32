package io.taskweave.pipeline.importing;

import static io.taskweave.pipeline.importing.TableReader.quoted;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_distinct;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.HashedColumns;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.storage.StorageLevel;

/**
 * Reads a raw log and publishes it as the log: all raw and joined columns under their own names,
 * {@code sample_id} (a hash of the raw row), {@code time} (epoch milliseconds) and {@code dt}.
 */
public final class LogImport implements Stage {
  private static final String TWIN = "taskweave second hash";

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
    Configuration configuration = DataSet.activeConfiguration();
    List<Path> inputs = new ArrayList<>(TableReader.resolve(plan.path(), configuration));
    for (SideTable table : plan.sideTables()) {
      new SideTableJoin(table).requireAsOf();
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
    TableReader reader = new TableReader(context.spark());
    context.progress().update("import: reading " + plan.path(), 0, 0);
    // Parsed once: counted first, then written.
    Dataset<Row> read =
        TableReader.explained(
                plan.path(), () -> identified(reader.read(plan.path(), plan.format())))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Row counts = TableReader.explained(plan.path(), () -> count(read));
      if (counts.getLong(0) == 0) {
        throw refused("it holds no rows, check the file");
      }
      Dataset<Row> rows = withoutDuplicates(read);
      for (SideTable table : plan.sideTables()) {
        context.progress().update("import: joining " + table.path(), 0, 0);
        SideTableJoin join = new SideTableJoin(table);
        join.requireBefore(counts.getString(1), plan.zone());
        Dataset<Row> log = rows;
        rows =
            TableReader.explained(
                table.path(), () -> join.join(log, reader.read(table.path(), table.format())));
      }
      context.progress().update("import: writing", 0, 0);
      // One file a day in a fixed order: the same rows give the same files.
      Dataset<Row> ordered =
          rows.repartition(col("dt")).sortWithinPartitions("dt", "time", "sample_id");
      ObjectNode summary = JsonNodeFactory.instance.objectNode();
      StageResult written = context.writeRows(ordered, summary);
      // The result holds the summary itself: how many rows stayed is known only now.
      describe(summary, counts.getLong(0), counts.getLong(2), written.rows());
      return written;
    } finally {
      read.unpersist();
    }
  }

  /** Rows, first day and, where a key decides, different rows. */
  private Row count(Dataset<Row> read) {
    boolean byKey = plan.duplicates() instanceof DuplicateRule.ByKey;
    // Rows that agree in every column share their id.
    Column distinct = byKey ? count_distinct(col("sample_id")) : lit(0L);
    return read.agg(functions.count(lit(1)), min(col("dt")), distinct).first();
  }

  private void describe(ObjectNode summary, long read, long distinct, long kept) {
    summary.put("rows_read", read);
    summary.put("duplicate_rule", plan.duplicates().toString());
    if (plan.duplicates() instanceof DuplicateRule.ExactRows) {
      summary.put("exact_duplicates_removed", read - kept);
    } else if (plan.duplicates() instanceof DuplicateRule.ByKey) {
      summary.put("exact_duplicates_removed", read - distinct);
      summary.put("key_duplicates_removed", distinct - kept);
    }
  }

  private void requireColumns(Dataset<Row> raw) {
    List<String> columns = List.of(raw.columns());
    List<String> needed = new ArrayList<>(List.of(plan.timeColumn()));
    plan.dayColumn().ifPresent(needed::add);
    if (plan.duplicates() instanceof DuplicateRule.ByKey rule) {
      needed.addAll(rule.columns());
      if (!rule.column().isEmpty()) {
        needed.add(rule.column());
      }
    }
    for (String name : needed) {
      if (!columns.contains(name)) {
        throw refused(
            String.format(
                "it has no column %s (%s), correct the mapping", name, String.join(", ", columns)));
      }
    }
    for (String reserved : List.of("sample_id", "dt", "time")) {
      boolean used = columns.contains(reserved);
      if (used && !(reserved.equals("time") && plan.timeColumn().equals("time"))) {
        throw refused("column " + reserved + " has a name that the log uses itself, rename it");
      }
    }
    if (plan.duplicates() instanceof DuplicateRule.ByKey rule
        && !rule.column().isEmpty()
        && raw.schema().apply(rule.column()).dataType() instanceof StringType) {
      throw refused(
          String.format(
              "of its duplicates the one with the %s %s survives, but that column is text, where 9"
                  + " is above 1200; declare it as a number in import.columns",
              rule.survivor() == DuplicateRule.Survivor.MAXIMUM ? "greatest" : "least",
              rule.column()));
    }
    DataType type = raw.schema().apply(plan.timeColumn()).dataType();
    if (!(type instanceof IntegralType || type instanceof StringType)) {
      // A cast of a date or timestamp would count days or seconds without a word.
      throw refused(
          String.format(
              "its event time %s is %s, not a whole number of %s, convert it",
              plan.timeColumn(),
              type.sql().toLowerCase(Locale.ROOT),
              plan.timeUnit().name().toLowerCase(Locale.ROOT)));
    }
  }

  private InputRejectedException refused(String reason) {
    return new InputRejectedException("Cannot import " + plan.path() + ": " + reason);
  }

  private Dataset<Row> identified(Dataset<Row> raw) {
    requireColumns(raw);
    LogTimes times = new LogTimes(plan);
    return raw.withColumn("dt", times.day())
        .where(times.check())
        .withColumn("sample_id", xxhash64(HashedColumns.of(raw.columns())))
        .withColumn("time", times.time());
  }

  private Dataset<Row> withoutDuplicates(Dataset<Row> read) {
    if (plan.duplicates() instanceof DuplicateRule.KeepAll) {
      return read;
    }
    // Two hashes of all columns: comparing the columns themselves makes code too long to compile.
    Column[] twin =
        Stream.concat(Stream.of(lit(TWIN)), Arrays.stream(HashedColumns.of(read.columns())))
            .toArray(Column[]::new);
    Dataset<Row> exact =
        read.withColumn(TWIN, xxhash64(twin)).dropDuplicates("sample_id", TWIN).drop(TWIN);
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
    return exact.withColumn("_rank", rank).filter(col("_rank").equalTo(1)).drop("_rank");
  }
}
