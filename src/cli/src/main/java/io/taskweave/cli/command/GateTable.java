package io.taskweave.cli.command;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.core.model.GateWeights;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.engine.scoring.Scorer;
import io.taskweave.pipeline.evaluate.GroupNames;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * How much each task reads from each source, by split and group: records {@code {split, group,
 * task, source, mean, rows}}. Of a large split, a sample of rows is read, chosen by their ids.
 */
final class GateTable {
  private static final String KEY = "gate_key";
  private static final long MOST_ROWS = 200_000;
  private static final long HASH_RANGE = 1_000_000;

  private final SparkSession spark;
  private final Path best;
  private final Optional<Dataset<Row>> histories;
  private final GroupNames groups;

  /**
   * @param best folder with a run's best weights
   * @param histories what the samples see, where they see any
   * @param groups columns {@code user, pair, group}; empty for no groups
   */
  GateTable(
      SparkSession spark,
      Path best,
      Optional<Dataset<Row>> histories,
      Optional<Dataset<Row>> groups) {
    this.spark = spark;
    this.best = best;
    this.histories = histories;
    this.groups = new GroupNames(groups);
  }

  /** Empty for a model without gates. */
  ArrayNode measure(Dataset<Row> samples, List<String> splits) {
    ArrayNode records = JsonNodeFactory.instance.arrayNode();
    if (!hasGates(samples)) {
      return records;
    }
    for (String split : splits) {
      Dataset<Row> rows = sample(samples.where(col(SampleColumns.SPLIT).equalTo(split)));
      byGroup(rows)
          .forEach((group, gates) -> add(records, split, groups.names().get(group), gates));
    }
    return records;
  }

  /** One row tells, without scoring all of them. */
  private boolean hasGates(Dataset<Row> samples) {
    Dataset<Row> one = samples.limit(1).withColumn(KEY, lit(""));
    return !Scorer.gateWeights(spark, best, one, histories, KEY).isEmpty();
  }

  private static Dataset<Row> sample(Dataset<Row> rows) {
    long count = rows.count();
    return count <= MOST_ROWS
        ? rows
        : rows.where(
            pmod(xxhash64(col(SampleColumns.SAMPLE_ID)), lit(HASH_RANGE))
                .lt(HASH_RANGE * MOST_ROWS / count));
  }

  /** One scan tells every combination of groups apart; each adds to all of its groups. */
  private SortedMap<Integer, GateWeights> byGroup(Dataset<Row> rows) {
    Dataset<Row> keyed =
        groups
            .join(rows)
            .withColumn(
                KEY,
                coalesce(array_join(col(GroupNames.COLUMN).cast("array<string>"), ","), lit("")));
    SortedMap<Integer, GateWeights> byGroup = new TreeMap<>();
    Scorer.gateWeights(spark, best, keyed, histories, KEY)
        .forEach(
            (key, gates) -> {
              add(byGroup, 0, gates);
              for (String group : key.isEmpty() ? new String[0] : key.split(",", -1)) {
                add(byGroup, Integer.parseInt(group), gates);
              }
            });
    return byGroup;
  }

  private static void add(SortedMap<Integer, GateWeights> sums, int group, GateWeights gates) {
    sums.computeIfAbsent(group, any -> new GateWeights(gates.tasks(), gates.sources()))
        .merge(gates);
  }

  private static void add(ArrayNode records, String split, String group, GateWeights gates) {
    for (int task = 0; task < gates.tasks().size(); task++) {
      for (int source = 0; source < gates.sources().size(); source++) {
        records
            .addObject()
            .put("split", split)
            .put("group", group)
            .put("task", gates.tasks().get(task))
            .put("source", gates.sources().get(source))
            .put("mean", gates.mean(task, source))
            .put("rows", gates.rows());
      }
    }
  }
}
