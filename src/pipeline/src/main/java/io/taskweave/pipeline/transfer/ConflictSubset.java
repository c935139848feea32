package io.taskweave.pipeline.transfer;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.split.SplitRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Pairs of user and item that the single-task models of two tasks disagree on, far from each other
 * for the one and near for the other, and where they lie in the tables of other models: one shared
 * table can follow one task only (the interest entanglement of Pan et al., "Ads Recommendation in a
 * Collapsed and Entangled World", KDD 2024).
 */
public final class ConflictSubset {
  private static final int BINS = 39;
  private static final int FIRST_KNOWN_ID = 2;
  private static final String DISTANCES = "distances";

  private final ConflictPlan plan;
  private final List<String> tasks;

  /**
   * @param tasks those whose tables are told apart by {@link #tableOf}
   */
  public ConflictSubset(ConflictPlan plan, List<String> tasks) {
    this.plan = plan;
    this.tasks = List.copyOf(tasks);
  }

  /** The name of a task's own table. */
  public static String tableOf(String task) {
    return "task-" + task;
  }

  /**
   * Measures each ordered pair of tasks for which the single-task model has tables.
   *
   * @param samples columns {@code split} and the features of user and item
   * @param singleTask name of the model whose tables decide what is in conflict
   * @param tables of all models, that one's included
   */
  public Conflicts measure(Dataset<Row> samples, String singleTask, List<EmbeddingTables> tables) {
    Dataset<Row> split = samples.where(col(SampleColumns.SPLIT).equalTo(plan.split()));
    Dataset<Row> pairs =
        split
            .join(frequent(samples, plan.user()), SampleColumns.feature(plan.user()))
            .join(frequent(samples, plan.item()), SampleColumns.feature(plan.item()))
            .select(SampleColumns.feature(plan.user()), SampleColumns.feature(plan.item()));
    Dataset<Row> distances = distances(pairs, tables).cache();
    try {
      long kept = distances.count();
      List<ConflictRecord> records = kept == 0 ? List.of() : records(distances, singleTask, tables);
      return new Conflicts(
          plan.split(), plan.frequency(), plan.far(), plan.near(), split.count(), kept, records);
    } finally {
      distances.unpersist();
    }
  }

  /** Ids whose count in training is above the percentile of all known ids. */
  private Dataset<Row> frequent(Dataset<Row> samples, String field) {
    String id = SampleColumns.feature(field);
    Dataset<Row> counts =
        samples
            .where(col(SampleColumns.SPLIT).equalTo(SplitRule.TRAIN))
            .where(col(id).geq(FIRST_KNOWN_ID))
            .groupBy(id)
            .agg(count(lit(1)).as("occurrences"));
    Row limit =
        counts
            .agg(expr(String.format(Locale.ROOT, "percentile(occurrences, %s)", plan.frequency())))
            .head();
    return limit.isNullAt(0)
        ? counts.select(id).limit(0)
        : counts.where(col("occurrences").gt(limit.getDouble(0))).select(id);
  }

  private static Dataset<Row> distances(Dataset<Row> pairs, List<EmbeddingTables> tables) {
    SparkSession spark = pairs.sparkSession();
    Broadcast<List<EmbeddingTables>> shared =
        new JavaSparkContext(spark.sparkContext()).broadcast(new ArrayList<>(tables));
    JavaRDD<Row> rows =
        pairs
            .toJavaRDD()
            .map(
                pair -> {
                  List<EmbeddingTables> all = shared.value();
                  Double[] values = new Double[all.size()];
                  for (int table = 0; table < values.length; table++) {
                    values[table] = all.get(table).distance(pair.getInt(0), pair.getInt(1));
                  }
                  return RowFactory.create((Object) values);
                });
    return spark.createDataFrame(
        rows,
        new StructType().add(DISTANCES, DataTypes.createArrayType(DataTypes.DoubleType, false)));
  }

  /** Where the distances of one table lie. */
  private record Range(double near, double far, double lowest, double highest)
      implements java.io.Serializable {
    int bin(double distance) {
      double width = (highest - lowest) / BINS;
      return width > 0 ? Math.min(BINS - 1, (int) ((distance - lowest) / width)) : 0;
    }

    double edge(int bin) {
      return lowest + bin * (highest - lowest) / BINS;
    }
  }

  /** Tables of the single-task model that disagree. */
  private record Subset(String farTask, String nearTask, int farTable, int nearTable)
      implements java.io.Serializable {
    boolean holds(double[] distances, List<Range> ranges) {
      return distances[farTable] > ranges.get(farTable).far()
          && distances[nearTable] <= ranges.get(nearTable).near();
    }
  }

  private List<ConflictRecord> records(
      Dataset<Row> distances, String singleTask, List<EmbeddingTables> tables) {
    List<Range> ranges = ranges(distances, tables.size());
    List<Subset> subsets = subsets(singleTask, tables);
    int cells = subsets.size() * tables.size();
    long[] counts =
        distances
            .toJavaRDD()
            .mapPartitions(
                rows -> {
                  long[] part = new long[cells * (2 * BINS + 2)];
                  while (rows.hasNext()) {
                    add(part, values(rows.next()), subsets, ranges);
                  }
                  return List.of(part).iterator();
                })
            .reduce(
                (a, b) -> {
                  long[] sum = a.clone();
                  Arrays.setAll(sum, i -> a[i] + b[i]);
                  return sum;
                });
    List<ConflictRecord> records = new ArrayList<>();
    for (int subset = 0; subset < subsets.size(); subset++) {
      for (int table = 0; table < tables.size(); table++) {
        int from = (subset * tables.size() + table) * (2 * BINS + 2);
        records.add(
            record(
                subsets.get(subset),
                tables.get(table),
                ranges.get(table),
                Arrays.copyOfRange(counts, from, from + 2 * BINS + 2)));
      }
    }
    return records;
  }

  private static double[] values(Row row) {
    List<Double> values = row.getList(0);
    return values.stream().mapToDouble(value -> value).toArray();
  }

  /** A cell holds the bins of conflicts, those of all other rows, then near and far conflicts. */
  private static void add(
      long[] counts, double[] distances, List<Subset> subsets, List<Range> ranges) {
    for (int subset = 0; subset < subsets.size(); subset++) {
      boolean conflict = subsets.get(subset).holds(distances, ranges);
      for (int table = 0; table < distances.length; table++) {
        int from = (subset * distances.length + table) * (2 * BINS + 2);
        Range range = ranges.get(table);
        counts[from + (conflict ? 0 : BINS) + range.bin(distances[table])]++;
        if (conflict) {
          counts[from + 2 * BINS] += distances[table] <= range.near() ? 1 : 0;
          counts[from + 2 * BINS + 1] += distances[table] > range.far() ? 1 : 0;
        }
      }
    }
  }

  private static ConflictRecord record(
      Subset subset, EmbeddingTables tables, Range range, long[] counts) {
    List<ConflictRecord.Bin> bins = new ArrayList<>();
    long conflicts = 0;
    for (int bin = 0; bin < BINS; bin++) {
      conflicts += counts[bin];
      bins.add(
          new ConflictRecord.Bin(
              range.edge(bin), range.edge(bin + 1), counts[bin], counts[BINS + bin]));
    }
    return new ConflictRecord(
        tables.model(),
        tables.table(),
        subset.farTask(),
        subset.nearTask(),
        conflicts,
        counts[2 * BINS],
        counts[2 * BINS + 1],
        range.near(),
        range.far(),
        bins);
  }

  private List<Range> ranges(Dataset<Row> distances, int tables) {
    Column[] columns = new Column[2 * tables];
    for (int table = 0; table < tables; table++) {
      String distance = DISTANCES + "[" + table + "]";
      columns[2 * table] =
          expr(
              String.format(
                  Locale.ROOT,
                  "percentile_approx(%s, array(%sD, %sD), 100000)",
                  distance,
                  plan.near(),
                  plan.far()));
      columns[2 * table + 1] = expr("array(min(" + distance + "), max(" + distance + "))");
    }
    Row row = distances.agg(columns[0], Arrays.copyOfRange(columns, 1, columns.length)).head();
    List<Range> ranges = new ArrayList<>();
    for (int table = 0; table < tables; table++) {
      List<Double> limits = row.getList(2 * table);
      List<Double> ends = row.getList(2 * table + 1);
      ranges.add(new Range(limits.get(0), limits.get(1), ends.get(0), ends.get(1)));
    }
    return ranges;
  }

  private List<Subset> subsets(String singleTask, List<EmbeddingTables> tables) {
    List<Subset> subsets = new ArrayList<>();
    for (String far : tasks) {
      for (String near : tasks) {
        int farTable = index(tables, singleTask, far);
        int nearTable = index(tables, singleTask, near);
        if (!far.equals(near) && farTable >= 0 && nearTable >= 0) {
          subsets.add(new Subset(far, near, farTable, nearTable));
        }
      }
    }
    return subsets;
  }

  private static int index(List<EmbeddingTables> tables, String model, String task) {
    for (int table = 0; table < tables.size(); table++) {
      if (tables.get(table).model().equals(model)
          && tables.get(table).table().equals(tableOf(task))) {
        return table;
      }
    }
    return -1;
  }
}
