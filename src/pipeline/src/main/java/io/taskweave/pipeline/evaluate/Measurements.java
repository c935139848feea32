package io.taskweave.pipeline.evaluate;

import io.taskweave.core.metric.BootstrapWeights;
import io.taskweave.core.metric.GroupedAuc;
import io.taskweave.core.metric.RankSums;
import io.taskweave.core.metric.UserAuc;
import io.taskweave.pipeline.dataset.TaskFailure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * The sums of every cell (split, series of scores, group), from two scans over predictions.
 *
 * <p>Ranks: rows are range-partitioned and sorted by (split and series, score), so equal scores
 * share a partition and partitions follow each other in score. Each partition is scanned once and
 * yields one {@link RankSums} a cell; these append in the order of the partitions, each positive of
 * a later one being above all negatives of the earlier ones. Calibration bins need each row's rank,
 * so a first pass over the same shuffle counts rows by partition, whose prefix sums are the offsets
 * of the second. Users: rows are hash-partitioned by user and sorted by (user, split and series,
 * score), so one user's AUC at a time is in memory. The driver receives sums only: cells times
 * partitions times replicates.
 *
 * <p>Users are told apart by a 64-bit hash.
 */
final class Measurements {
  private final EvaluationPlan plan;
  private final List<ScoreSeries> series;
  private final List<String> groups;
  private final TreeMap<Integer, RankSums> ranks = new TreeMap<>();
  private final TreeMap<Integer, GroupedAuc> users = new TreeMap<>();
  private final TreeMap<Integer, CalibrationBins> bins = new TreeMap<>();

  private Measurements(EvaluationPlan plan, List<ScoreSeries> series, List<String> groups) {
    this.plan = plan;
    this.series = series;
    this.groups = groups;
  }

  static Measurements of(
      Dataset<Row> predictions, Optional<Dataset<Row>> groupTable, EvaluationPlan plan) {
    GroupNames names = new GroupNames(groupTable);
    List<ScoreSeries> series = ScoreSeries.of(predictions, plan.tasks());
    Measurements measurements = new Measurements(plan, series, names.names());
    Dataset<Row> rows = ScoredSample.rows(predictions, plan, series, names);
    try {
      measurements.scanRanks(rows);
      if (!plan.gaucWeightings().isEmpty()) {
        measurements.scanUsers(rows);
      }
    } catch (Exception failure) {
      // Spark throws checked exceptions of Scala code undeclared, hence the wide catch.
      TaskFailure.throwRefusal(failure);
      throw failure;
    }
    return measurements;
  }

  List<String> groups() {
    return groups;
  }

  List<ScoreSeries> series() {
    return series;
  }

  RankSums ranks(int split, int index, int group) {
    RankSums sums = ranks.get(cell(base(split, index), group, groups.size()));
    return sums == null ? new RankSums(plan.replicates()) : sums;
  }

  GroupedAuc users(int split, int index, int group) {
    GroupedAuc sums = users.get(cell(base(split, index), group, groups.size()));
    return sums == null ? new GroupedAuc(plan.replicates()) : sums;
  }

  /** Bins of all samples of a split and series. */
  CalibrationBins bins(int split, int index) {
    CalibrationBins found = bins.get(base(split, index));
    return found == null ? new CalibrationBins(plan.calibrationBins()) : found;
  }

  private int base(int split, int index) {
    return split * series.size() + index;
  }

  private static int cell(int base, int group, int groups) {
    return base * groups + group;
  }

  private void scanRanks(Dataset<Row> rows) {
    // One RDD object for both passes: the second reuses the shuffle files of the first.
    JavaRDD<Row> sorted =
        rows.repartitionByRange(
                partitions(rows), rows.col(ScoredSample.BASE), rows.col(ScoredSample.SCORE))
            .sortWithinPartitions(ScoredSample.BASE, ScoredSample.SCORE, "sample_id")
            .toJavaRDD();
    int bases = plan.splits().size() * series.size();
    long[] totals = new long[bases];
    TreeMap<Integer, long[]> offsets = new TreeMap<>();
    for (Tuple2<Integer, long[]> part : byPartition(countBases(sorted, bases))) {
      offsets.put(part._1(), totals.clone());
      for (int base = 0; base < bases; base++) {
        totals[base] += part._2()[base];
      }
    }
    for (Tuple2<Integer, RankScan> part :
        byPartition(scan(sorted, plan, groups.size(), totals, offsets))) {
      part._2()
          .ranks()
          .forEach(
              (cell, sums) -> ranks.merge(cell, sums, (lower, higher) -> lower.append(higher)));
      part._2().bins().forEach((base, sums) -> bins.merge(base, sums, CalibrationBins::merge));
    }
  }

  private static JavaRDD<Tuple2<Integer, long[]>> countBases(JavaRDD<Row> sorted, int bases) {
    return sorted.mapPartitionsWithIndex(
        (partition, iterator) -> {
          long[] counts = new long[bases];
          while (iterator.hasNext()) {
            counts[iterator.next().getInt(0)]++;
          }
          return List.of(new Tuple2<>(partition, counts)).iterator();
        },
        true);
  }

  private static JavaRDD<Tuple2<Integer, RankScan>> scan(
      JavaRDD<Row> sorted,
      EvaluationPlan plan,
      int groups,
      long[] totals,
      Map<Integer, long[]> offsets) {
    return sorted.mapPartitionsWithIndex(
        (partition, iterator) -> {
          RankScan scan = new RankScan(plan, groups, totals, offsets.get(partition));
          while (iterator.hasNext()) {
            scan.add(ScoredSample.of(iterator.next()));
          }
          return List.of(new Tuple2<>(partition, scan.close())).iterator();
        },
        true);
  }

  private void scanUsers(Dataset<Row> rows) {
    JavaRDD<Row> sorted =
        rows.repartition(partitions(rows), rows.col(ScoredSample.USER))
            .sortWithinPartitions(
                ScoredSample.USER, ScoredSample.BASE, ScoredSample.SCORE, "sample_id")
            .toJavaRDD();
    for (Tuple2<Integer, Map<Integer, GroupedAuc>> part :
        byPartition(scanUsers(sorted, plan, groups.size()))) {
      part._2().forEach((cell, sums) -> users.merge(cell, sums, GroupedAuc::merge));
    }
  }

  private static JavaRDD<Tuple2<Integer, Map<Integer, GroupedAuc>>> scanUsers(
      JavaRDD<Row> sorted, EvaluationPlan plan, int groups) {
    return sorted.mapPartitionsWithIndex(
        (partition, iterator) ->
            List.of(new Tuple2<>(partition, scanUsers(iterator, plan, groups))).iterator(),
        true);
  }

  private static Map<Integer, GroupedAuc> scanUsers(
      Iterator<Row> rows, EvaluationPlan plan, int groups) {
    TreeMap<Integer, GroupedAuc> cells = new TreeMap<>();
    BootstrapWeights bootstrap = new BootstrapWeights(plan.seed(), plan.replicates());
    byte[] multiplicities = new byte[plan.replicates() + 1];
    UserAuc auc = new UserAuc();
    ScoredSample last = null;
    while (true) {
      ScoredSample next = rows.hasNext() ? ScoredSample.of(rows.next()) : null;
      if (last != null
          && (next == null || next.user() != last.user() || next.base() != last.base())) {
        List<GroupedAuc> own = new ArrayList<>();
        own.add(userCell(cells, cell(last.base(), 0, groups), plan));
        for (int group : last.groups()) {
          own.add(userCell(cells, cell(last.base(), group, groups), plan));
        }
        bootstrap.fill(last.user(), multiplicities);
        auc.endUser(own, multiplicities);
      }
      if (next == null) {
        return cells;
      }
      auc.add(next.score(), next.positive(), next.weight());
      last = next;
    }
  }

  private static GroupedAuc userCell(
      Map<Integer, GroupedAuc> cells, int cell, EvaluationPlan plan) {
    return cells.computeIfAbsent(cell, ignored -> new GroupedAuc(plan.replicates()));
  }

  private static <T> List<Tuple2<Integer, T>> byPartition(JavaRDD<Tuple2<Integer, T>> parts) {
    List<Tuple2<Integer, T>> collected = new ArrayList<>(parts.collect());
    collected.sort(Comparator.comparing(Tuple2::_1));
    return collected;
  }

  private static int partitions(Dataset<Row> rows) {
    return Integer.parseInt(rows.sparkSession().conf().get("spark.sql.shuffle.partitions"));
  }
}
