package io.taskweave.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.metric.MetricRecord;
import io.taskweave.pipeline.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class KappaSweepTest {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final StructType PREDICTIONS =
      StructType.fromDDL(
          "sample_id long, user string, split string, label_a tinyint, label_b tinyint,"
              + " score_a float, score_b float");
  private static final StructType GROUPS =
      StructType.fromDDL("user string, pair string, rho double, group string");
  private static final int USERS = 8;

  /**
   * The second user is at the bound of kappa 1.5 but for the rounding of a logarithm; the first
   * gave no feedback, whatever his rho.
   */
  private static double rho(int user) {
    return user == 1 ? Math.nextUp(Math.log(1.5)) : user / 4.0;
  }

  @Test
  void everyKappaMeasuresTheUsersThatItCutsOut() {
    for (List<String> pairs : List.of(List.of("a|b"), List.of("a|b", "overall"))) {
      for (List<Double> kappas : List.of(List.of(2.0), List.of(1.5, 3.0))) {
        List<KappaRecord> records =
            new KappaSweep(List.of("a", "b"), "test", kappas).measure(predictions(), groups(pairs));

        assertThat(records).hasSize(pairs.size() * kappas.size() * 2 * 2);
        for (KappaRecord record : records) {
          MetricRecord expected = measuredAlone(record.kappa(), record.group(), record.task());
          assertThat(record.value()).isEqualTo(expected.value());
          assertThat(record.rows()).isEqualTo(expected.rows());
          assertThat(record.positives()).isEqualTo(expected.positives());
        }
      }
    }
  }

  @Test
  void withoutKappasNothingIsMeasured() {
    assertThat(
            new KappaSweep(List.of("a", "b"), "test", List.of())
                .measure(predictions(), groups(List.of("a|b"))))
        .isEmpty();
  }

  /** AUC over the rows of the group's users and no other. */
  private static MetricRecord measuredAlone(double kappa, String group, String task) {
    List<String> users = new ArrayList<>();
    for (int user = 1; user < USERS; user++) {
      if ((user == 1 || rho(user) <= Math.log(kappa)) == group.equals("comparable")) {
        users.add("u" + user);
      }
    }
    Dataset<Row> rows = predictions();
    EvaluationPlan plan =
        new EvaluationPlan(List.of("a", "b"), List.of("test"), List.of(), 0, 0, 0);
    return new Evaluation(plan)
            .measure(rows.filter(rows.col("user").isin(users.toArray())), Optional.empty())
            .records()
            .stream()
            .filter(record -> record.metric().equals("auc") && record.task().equals(task))
            .findFirst()
            .orElseThrow();
  }

  private static Dataset<Row> groups(List<String> pairs) {
    List<Row> rows = new ArrayList<>();
    for (String pair : pairs) {
      for (int user = 0; user < USERS; user++) {
        // What the published group says is of another kappa and must not matter.
        rows.add(
            RowFactory.create(
                "u" + user, pair, rho(user), user == 0 ? "no-feedback" : "a-dominant"));
      }
    }
    return SPARK.createDataFrame(rows, GROUPS);
  }

  private static Dataset<Row> predictions() {
    Random random = new Random(3);
    List<Row> rows = new ArrayList<>();
    for (long id = 0; id < 240; id++) {
      rows.add(
          RowFactory.create(
              id,
              "u" + id % (USERS + 1),
              id % 3 == 0 ? "valid" : "test",
              (byte) random.nextInt(2),
              (byte) random.nextInt(2),
              random.nextFloat(),
              random.nextFloat()));
    }
    return SPARK.createDataFrame(rows, PREDICTIONS);
  }
}
