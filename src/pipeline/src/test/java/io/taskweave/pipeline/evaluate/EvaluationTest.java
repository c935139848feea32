package io.taskweave.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.metric.Checkpoint;
import io.taskweave.core.metric.GaucWeighting;
import io.taskweave.core.metric.MetricRecord;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.group.GroupPlan;
import io.taskweave.pipeline.group.UserGroups;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final StructType SCHEMA =
      StructType.fromDDL(
          "sample_id long, user string, split string, label_a tinyint, label_b tinyint,"
              + " score_a float, score_b float");

  @Test
  void equalsCountingPairsOverPartitionsWithTies() {
    List<Row> rows = rows(400, 12, 1);
    List<MetricRecord> records =
        new Evaluation(plan(20)).measure(frame(rows), Optional.of(groups(frame(rows)))).records();
    assertThat(find(records, "auc", "a", "all").value())
        .isEqualTo(bruteForce(rows, 3, 5, "test"), within(1e-12));
    assertThat(find(records, "auc", "b", "all").value())
        .isEqualTo(bruteForce(rows, 4, 6, "test"), within(1e-12));
    MetricRecord mean = find(records, "auc", "mean", "all");
    assertThat(mean.value())
        .isEqualTo(
            (bruteForce(rows, 3, 5, "test") + bruteForce(rows, 4, 6, "test")) / 2, within(1e-12));
    assertThat(mean.ciLow()).isLessThan(mean.value());
    assertThat(mean.ciHigh()).isGreaterThan(mean.value());
    long inGroups =
        records.stream()
            .filter(record -> record.metric().equals("auc") && record.task().equals("a"))
            .filter(record -> !record.group().equals("all"))
            .mapToLong(MetricRecord::rows)
            .sum();
    assertThat(inGroups).isEqualTo(find(records, "auc", "a", "all").rows());
    assertThat(
            records.stream()
                .filter(r -> r.metric().startsWith("calibration_bin_") && r.task().equals("a"))
                .mapToLong(MetricRecord::rows)
                .sum())
        .isEqualTo(inGroups);
  }

  @Test
  void scoresOfOwnEpochsAreMeasuredBesideTheCommonOnes() {
    List<Row> rows = rows(300, 9, 7);
    Dataset<Row> swapped =
        frame(rows)
            .withColumn("own_epoch_score_a", functions.col("score_b"))
            .withColumn("own_epoch_score_b", functions.col("score_b"));
    Measured measured = new Evaluation(plan(20)).measure(swapped, Optional.of(groups(frame(rows))));
    Measured common =
        new Evaluation(plan(20)).measure(frame(rows), Optional.of(groups(frame(rows))));
    assertThat(measured.records()).hasSize(2 * common.records().size());
    List<MetricRecord> own =
        measured.records().stream()
            .filter(record -> record.checkpoint() == Checkpoint.OWN_EPOCH)
            .toList();
    assertThat(find(own, "auc", "a", "all").value())
        .isEqualTo(bruteForce(rows, 3, 6, "test"), within(1e-12))
        .isNotEqualTo(find(common.records(), "auc", "a", "all").value());
    assertThat(find(own, "gauc", "b", "all").value())
        .isEqualTo(find(common.records(), "gauc", "b", "all").value());
    assertThat(measured.aucs()).containsAll(common.aucs()).hasSize(2 * common.aucs().size());
  }

  @Test
  void aComparisonPairsWhatBothRunsHaveByName() {
    List<Row> rows = rows(300, 9, 7);
    Dataset<Row> two =
        frame(rows)
            .withColumn("own_epoch_score_a", functions.lit(0.5f))
            .withColumn("own_epoch_score_b", functions.col("score_b"));
    Comparison comparison = new Comparison(plan(5));
    List<DifferenceRecord> one = comparison.compare(frame(rows), two, Optional.empty());
    assertThat(one)
        .isNotEmpty()
        .allSatisfy(
            record -> {
              assertThat(record.checkpoint()).isEqualTo(Checkpoint.COMMON_EPOCH);
              assertThat(record.difference()).isCloseTo(0, within(1e-12));
            });
    assertThat(comparison.compare(two, two, Optional.empty())).hasSize(2 * one.size());
  }

  @Test
  void everyMetricEqualsItsDefinition() {
    List<Row> rows = rows(300, 9, 7);
    List<MetricRecord> records =
        new Evaluation(plan(0)).measure(frame(rows), Optional.empty()).records();
    List<Row> test =
        rows.stream().filter(row -> "test".equals(row.getString(2)) && !row.isNullAt(4)).toList();
    double loss = 0;
    double predicted = 0;
    double positives = 0;
    for (Row row : test) {
      double score = Math.min(Math.max(row.getFloat(6), 1e-7), 1 - 1e-7);
      boolean positive = row.getByte(4) == 1;
      loss -= Math.log(positive ? score : 1 - score);
      predicted += row.getFloat(6);
      positives += positive ? 1 : 0;
    }
    double rate = positives / test.size();
    double entropy = -rate * Math.log(rate) - (1 - rate) * Math.log(1 - rate);
    assertThat(find(records, "calibration", "b", "all").value())
        .isEqualTo(predicted / positives, within(1e-9));
    assertThat(find(records, "log_loss", "b", "all").value())
        .isEqualTo(loss / test.size(), within(1e-9));
    assertThat(find(records, "normalised_entropy", "b", "all").value())
        .isEqualTo(loss / test.size() / entropy, within(1e-9));
    assertThat(find(records, "log_loss", "b", "all").rows()).isEqualTo(test.size());
    assertThat(find(records, "log_loss", "b", "all").positives()).isEqualTo((long) positives);
    assertDeciles(records, test);
  }

  /** A bin holds a tenth of the rows by score; tied rows follow their sample id. */
  private static void assertDeciles(List<MetricRecord> records, List<Row> test) {
    List<Row> sorted =
        test.stream()
            .sorted(
                Comparator.comparing((Row row) -> row.getFloat(6))
                    .thenComparing(row -> row.getLong(0)))
            .toList();
    for (int bin = 0; bin < 10; bin++) {
      double predicted = 0;
      double positives = 0;
      long count = 0;
      for (int row = 0; row < sorted.size(); row++) {
        if (row * 10L / sorted.size() == bin) {
          predicted += sorted.get(row).getFloat(6);
          positives += sorted.get(row).getByte(4);
          count++;
        }
      }
      MetricRecord record = find(records, "calibration_bin_" + (bin + 1), "b", "all");
      assertThat(record.rows()).isEqualTo(count);
      assertThat(record.value()).isEqualTo(predicted / positives, within(1e-9));
    }
  }

  @Test
  void gaucWeighsTheUsersThatHaveBothLabelsAndCountsTheOthers() {
    List<Row> rows = rows(200, 5, 11);
    rows.add(RowFactory.create(1000L, "one label", "test", (byte) 1, null, .5f, .5f));
    List<MetricRecord> records =
        new Evaluation(plan(0)).measure(frame(rows), Optional.empty()).records();
    double[] weighted = new double[3];
    double[] weights = new double[3];
    long skipped = 0;
    Map<String, List<Row>> byUser =
        rows.stream()
            .filter(row -> "test".equals(row.getString(2)))
            .collect(Collectors.groupingBy(row -> row.getString(1)));
    for (List<Row> own : byUser.values()) {
      double auc = bruteForce(own, 3, 5, "test");
      if (Double.isNaN(auc)) {
        skipped++;
        continue;
      }
      double[] weight = {own.size(), own.stream().filter(row -> row.getByte(3) == 1).count(), 1};
      for (int weighting = 0; weighting < 3; weighting++) {
        weighted[weighting] += weight[weighting] * auc;
        weights[weighting] += weight[weighting];
      }
    }
    GaucWeighting[] all = {GaucWeighting.SAMPLES, GaucWeighting.POSITIVES, GaucWeighting.NONE};
    for (int weighting = 0; weighting < 3; weighting++) {
      String label = all[weighting].label();
      MetricRecord record =
          records.stream()
              .filter(r -> r.metric().equals("gauc") && r.task().equals("a"))
              .filter(r -> r.weighting().equals(label))
              .findFirst()
              .orElseThrow();
      assertThat(record.value()).isEqualTo(weighted[weighting] / weights[weighting], within(1e-12));
      assertThat(record.groupsSkipped()).isEqualTo(skipped).isPositive();
      assertThat(record.groupsUsed()).isEqualTo(byUser.size() - skipped);
    }
  }

  @Test
  void aGroupWithoutRowsInASplitIsUndefinedWithItsReason() {
    List<Row> rows =
        List.of(
            RowFactory.create(1L, "u", "train", (byte) 1, (byte) 1, .5f, .5f),
            RowFactory.create(2L, "silent", "train", (byte) 0, (byte) 0, .5f, .5f),
            RowFactory.create(3L, "u", "test", (byte) 1, (byte) 1, .6f, .5f),
            RowFactory.create(4L, "u", "test", (byte) 0, (byte) 1, .4f, .5f));
    List<MetricRecord> records =
        new Evaluation(plan(2)).measure(frame(rows), Optional.of(groups(frame(rows)))).records();
    assertThat(find(records, "auc", "a", "comparable").value()).isOne();
    MetricRecord empty = find(records, "auc", "a", "no-feedback");
    assertThat(empty.rows()).isZero();
    assertThat(empty.value()).isNaN();
    assertThat(empty.ciLow()).isNaN();
    assertThat(empty.reason()).isEqualTo("no rows");
  }

  @Test
  void anIntervalIsAsWideAsTheoryHasIt() {
    // One row a user, scores without information: the variance of AUC is (m + n + 1) / (12 m n).
    Random random = new Random(21);
    List<Row> rows = new ArrayList<>();
    for (long row = 0; row < 600; row++) {
      byte label = (byte) (row % 3 == 0 ? 1 : 0);
      rows.add(RowFactory.create(row, "u" + row, "test", label, label, random.nextFloat(), .5f));
    }
    MetricRecord auc =
        find(
            new Evaluation(plan(400)).measure(frame(rows), Optional.empty()).records(),
            "auc",
            "a",
            "all");
    double deviation = Math.sqrt(601.0 / (12.0 * 200 * 400));
    assertThat(auc.ciHigh() - auc.ciLow()).isCloseTo(2 * 1.96 * deviation, withinPercentage(12));
  }

  @Test
  void oneUserAndOneLabelGiveUndefinedValuesWithReasons() {
    List<Row> rows =
        List.of(
            RowFactory.create(1L, "u", "test", (byte) 0, (byte) 1, .2f, .3f),
            RowFactory.create(2L, "u", "test", (byte) 0, null, .4f, .3f));
    List<MetricRecord> records =
        new Evaluation(plan(3)).measure(frame(rows), Optional.empty()).records();
    assertThat(find(records, "auc", "a", "all").value()).isNaN();
    assertThat(find(records, "auc", "a", "all").reason()).isEqualTo("no positives");
    assertThat(find(records, "auc", "b", "all").reason()).isEqualTo("no negatives");
    assertThat(find(records, "auc", "b", "all").rows()).isEqualTo(1);
    assertThat(find(records, "gauc", "a", "all").groupsSkipped()).isEqualTo(1);
  }

  @Test
  void aRunComparedWithItselfDiffersByNothingAndWithAWorseOneClearly() {
    List<Row> rows = rows(400, 200, 2);
    Dataset<Row> first = frame(rows);
    Dataset<Row> better = first.withColumn("score_a", functions.expr("float(label_a)"));
    Comparison comparison = new Comparison(plan(50));
    for (DifferenceRecord record : comparison.compare(first, first, Optional.empty())) {
      assertThat(record.difference()).isCloseTo(0, within(1e-12));
      assertThat(record.ciHigh()).isZero();
    }
    DifferenceRecord auc = comparison.compare(first, better, Optional.empty()).get(0);
    assertThat(auc.metric()).isEqualTo("auc");
    assertThat(auc.difference()).isEqualTo(1 - bruteForce(rows, 3, 5, "test"), within(1e-12));
    assertThat(auc.ciLow()).isPositive();
  }

  @Test
  void runsOnOtherSamplesAreRefusedWithCounts() {
    Dataset<Row> first = frame(rows(40, 5, 3));
    Dataset<Row> fewer = first.filter("sample_id != 8");
    assertThatThrownBy(() -> new Comparison(plan(0)).compare(first, fewer, Optional.empty()))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("1 only in the first, 0 only in the second, 0 with another");
  }

  @Test
  void scoresThatAreNoProbabilitiesAreRefused() {
    Dataset<Row> wrong =
        frame(rows(10, 5, 4)).withColumn("score_b", functions.expr("float('NaN')"));
    assertThatThrownBy(() -> new Evaluation(plan(0)).measure(wrong, Optional.empty()))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("score NaN");
  }

  private static EvaluationPlan plan(int replicates) {
    return new EvaluationPlan(
        List.of("a", "b"), List.of("test"), List.of(GaucWeighting.values()), 10, replicates, 1);
  }

  private static Dataset<Row> groups(Dataset<Row> rows) {
    return new UserGroups(
            new GroupPlan(
                List.of("a", "b"), 1.5, true, GroupPlan.Method.LOG_RATIO, List.of(1.1, 2.0)))
        .table(rows);
  }

  private static List<Row> rows(int count, int levels, long seed) {
    Random random = new Random(seed);
    List<Row> rows = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      rows.add(
          RowFactory.create(
              (long) row,
              "u" + random.nextInt(30),
              row % 4 == 3 ? "train" : "test",
              (byte) (random.nextInt(3) == 0 ? 1 : 0),
              random.nextInt(5) == 0 ? null : (Byte) (byte) random.nextInt(2),
              random.nextInt(levels) / (float) levels,
              random.nextInt(levels) / (float) levels));
    }
    return rows;
  }

  private static Dataset<Row> frame(List<Row> rows) {
    return SPARK.createDataFrame(rows, SCHEMA);
  }

  private static MetricRecord find(
      List<MetricRecord> records, String metric, String task, String group) {
    return records.stream()
        .filter(r -> r.metric().equals(metric) && r.task().equals(task) && r.group().equals(group))
        .findFirst()
        .orElseThrow();
  }

  private static double bruteForce(List<Row> rows, int label, int score, String split) {
    double won = 0;
    double pairs = 0;
    for (Row positive : rows) {
      for (Row negative : rows) {
        if (split.equals(positive.getString(2))
            && split.equals(negative.getString(2))
            && Byte.valueOf((byte) 1).equals(positive.get(label))
            && Byte.valueOf((byte) 0).equals(negative.get(label))) {
          float difference = positive.getFloat(score) - negative.getFloat(score);
          pairs++;
          won += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        }
      }
    }
    return won / pairs;
  }
}
