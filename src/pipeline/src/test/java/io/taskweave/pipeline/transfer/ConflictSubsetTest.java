package io.taskweave.pipeline.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class ConflictSubsetTest {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final StructType SCHEMA =
      StructType.fromDDL("split string, feature_u int, feature_i int");
  private static final int USERS = 12;

  /** Users 2 to 11, of whom 2 and 3 occur once in training and the others five times. */
  private static Dataset<Row> samples() {
    List<Row> rows = new ArrayList<>();
    for (int user = 2; user < USERS; user++) {
      for (int time = 0; time < (user < 4 ? 1 : 5); time++) {
        rows.add(RowFactory.create("train", user, 2 + time % 2));
      }
      rows.add(RowFactory.create("test", user, 2));
    }
    // Unknown ids have a row in the tables, but stand for nobody.
    for (int time = 0; time < 9; time++) {
      rows.add(RowFactory.create("train", 1, 1));
    }
    rows.add(RowFactory.create("test", 1, 2));
    return SPARK.createDataFrame(rows, SCHEMA);
  }

  /** Item vectors are zero, so a user's distance is his own number. */
  private static EmbeddingTables tables(String model, String table, float[] byUser) {
    float[] users = new float[2 * USERS];
    for (int user = 0; user < USERS; user++) {
      users[2 * user] = 0.6f * byUser[user];
      users[2 * user + 1] = 0.8f * byUser[user];
    }
    return new EmbeddingTables(model, table, 2, users, new float[2 * 6]);
  }

  private static ConflictPlan plan(double frequency) {
    return new ConflictPlan("u", "i", "test", frequency, 0.5, 0.5);
  }

  @Test
  void pairsThatOneTaskHoldsApartAndTheOtherTogetherAreFollowedThroughEveryTable() {
    // Users 4 to 11 count. By like 8 to 11 are far, by view 4, 5, 8 and 9 are near.
    float[] like = {9, 9, 9, 9, 1, 1, 1, 1, 2, 2, 2, 2};
    float[] view = {9, 9, 9, 9, 1, 1, 2, 2, 1, 1, 2, 2};
    float[] follows = {9, 9, 9, 9, 1, 1, 3, 3, 1, 1, 3, 3};
    Conflicts conflicts =
        new ConflictSubset(plan(0.1), List.of("view", "like"))
            .measure(
                samples(),
                "single",
                List.of(
                    tables("single", "task-view", view),
                    tables("single", "task-like", like),
                    tables("mixed", "shared", follows)));
    assertThat(conflicts.rows()).isEqualTo(11);
    assertThat(conflicts.kept()).isEqualTo(8);
    assertThat(conflicts.records()).hasSize(6);
    ConflictRecord mixed = find(conflicts, "mixed", "like");
    assertThat(mixed.nearTask()).isEqualTo("view");
    assertThat(mixed.pairs()).as("users 8 and 9").isEqualTo(2);
    assertThat(mixed.near()).isEqualTo(2);
    assertThat(mixed.far()).isZero();
    assertThat(mixed.bins()).hasSize(39);
    assertThat(mixed.bins().get(0).conflict()).isEqualTo(2);
    assertThat(mixed.bins().get(0).others()).isEqualTo(2);
    assertThat(mixed.bins().get(38).others()).isEqualTo(4);
    ConflictRecord own =
        conflicts.records().stream()
            .filter(one -> one.farTask().equals("like") && one.table().equals("task-like"))
            .findFirst()
            .orElseThrow();
    assertThat(own.far()).isEqualTo(2);
    assertThat(find(conflicts, "mixed", "view").pairs()).as("users 6 and 7").isEqualTo(2);
    assertThat(find(conflicts, "mixed", "view").far()).isEqualTo(2);
  }

  @Test
  void whereNobodyIsFrequentEnoughThereIsNothingToSay() {
    float[] same = new float[USERS];
    Conflicts conflicts =
        new ConflictSubset(plan(0.99), List.of("view", "like"))
            .measure(
                samples(),
                "single",
                List.of(tables("single", "task-view", same), tables("single", "task-like", same)));
    assertThat(conflicts.kept()).isZero();
    assertThat(conflicts.records()).isEmpty();
  }

  @Test
  void percentilesThatCrossAreRefused() {
    assertThatThrownBy(() -> new ConflictPlan("u", "i", "test", 0.6, 0.4, 0.6))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("far 0.4, near 0.6");
  }

  private static ConflictRecord find(Conflicts conflicts, String model, String farTask) {
    return conflicts.records().stream()
        .filter(one -> one.model().equals(model) && one.farTask().equals(farTask))
        .findFirst()
        .orElseThrow();
  }
}
