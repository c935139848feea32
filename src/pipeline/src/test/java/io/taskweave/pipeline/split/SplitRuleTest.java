package io.taskweave.pipeline.split;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.LocalSpark;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class SplitRuleTest {
  @Test
  void aBoundaryBelongsToThePartAfterIt() {
    Dataset<Row> times = LocalSpark.session().sql("select explode(array(9, 10, 19, 20)) as time");
    assertThat(parts(times, new SplitRule.ByTime(10, 20), "time"))
        .isEqualTo(Map.of("9", "train", "10", "valid", "19", "valid", "20", "test"));
    Dataset<Row> days =
        LocalSpark.session()
            .sql("select explode(array('2024-01-01', '2024-01-02', '2024-01-03')) as dt");
    assertThat(parts(days, new SplitRule.ByDate("dt", "2024-01-02", "2024-01-03"), "dt"))
        .isEqualTo(Map.of("2024-01-01", "train", "2024-01-02", "valid", "2024-01-03", "test"));
  }

  @Test
  void aRowWithoutTheDecidingValueHasNoPart() {
    Dataset<Row> rows =
        LocalSpark.session()
            .sql(
                "select cast(null as long) as time, cast(null as string) as dt,"
                    + " cast(null as long) as sample_id, cast(null as string) as user");
    for (SplitRule rule :
        new SplitRule[] {
          new SplitRule.ByTime(1, 2),
          new SplitRule.ByDate("dt", "a", "b"),
          new SplitRule.Random(0.1, 0.1, 1),
          new SplitRule.ByUser(0.1, 0.1, 1)
        }) {
      assertThat(rows.select(rule.part("user")).first().isNullAt(0)).as(rule.toString()).isTrue();
    }
  }

  @Test
  void randomPartsFollowTheIdAloneAndTheirShares() {
    Dataset<Row> rows = LocalSpark.session().range(20_000).withColumnRenamed("id", "sample_id");
    SplitRule rule = new SplitRule.Random(0.09, 0.1, 5);
    Map<String, String> parts = parts(rows, rule, "sample_id");
    assertThat(parts(rows.orderBy(col("sample_id").desc()).repartition(7), rule, "sample_id"))
        .isEqualTo(parts);
    // Four deviations of a binomial of 20,000.
    assertThat(share(parts, "test")).isBetween(0.0915, 0.1085);
    assertThat(share(parts, "valid")).isBetween(0.0819, 0.0981);
    assertThat(parts(rows, new SplitRule.Random(0.09, 0.1, 6), "sample_id")).isNotEqualTo(parts);
    assertThat(rule.separatesUsers()).isFalse();
  }

  @Test
  void theUserSplitKeepsUsersTogetherAndFollowsItsShares() {
    Dataset<Row> users =
        LocalSpark.session().range(20_000).selectExpr("cast(id % 5000 as string) as `user.id`");
    SplitRule rule = new SplitRule.ByUser(0.1, 0.2, 7);
    Dataset<Row> parted = users.withColumn("part", rule.part("user.id"));
    assertThat(parted.distinct().count()).isEqualTo(5000);
    assertThat(parted.where("part = 'test'").count() / 20_000.0).isBetween(0.17, 0.23);
    assertThat(parted.where("part = 'valid'").count() / 20_000.0).isBetween(0.08, 0.12);
    assertThat(rule.separatesUsers()).isTrue();
  }

  @Test
  void sharesLeaveSomethingToTrainOn() {
    for (double[] shares : new double[][] {{0, 0.1}, {0.1, 0}, {0.5, 0.5}, {Double.NaN, 0.1}}) {
      assertThatThrownBy(() -> new SplitRule.Random(shares[0], shares[1], 1))
          .isInstanceOf(ConfigurationException.class);
      assertThatThrownBy(() -> new SplitRule.ByUser(shares[0], shares[1], 1))
          .isInstanceOf(ConfigurationException.class);
    }
    assertThatThrownBy(() -> new SplitRule.ByTime(2, 2)).isInstanceOf(ConfigurationException.class);
  }

  private static Map<String, String> parts(Dataset<Row> rows, SplitRule rule, String key) {
    Map<String, String> parts = new TreeMap<>();
    for (Row row : rows.select(col(key).cast("string"), rule.part("user")).collectAsList()) {
      parts.put(row.getString(0), row.getString(1));
    }
    return parts;
  }

  private static double share(Map<String, String> parts, String part) {
    return (double) parts.values().stream().filter(part::equals).count() / parts.size();
  }
}
