package io.taskweave.pipeline.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.pipeline.LocalSpark;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class PartitionContentTest {
  @Test
  void theHashSeesRowsAndNotTheirOrder() {
    Dataset<Row> rows = rows("('2024-01-01', 1, null), ('2024-01-01', 2, 3), ('2024-01-02', 2, 3)");
    Dataset<Row> shuffled =
        rows("('2024-01-02', 2, 3), ('2024-01-01', 2, 3), ('2024-01-01', 1, null)").repartition(3);
    assertThat(PartitionContent.byPartition(shuffled))
        .isEqualTo(PartitionContent.byPartition(rows))
        .containsOnlyKeys("2024-01-01", "2024-01-02");
  }

  @Test
  void aNullMovedToAnotherColumnIsAnotherRow() {
    assertThat(PartitionContent.byPartition(rows("('2024-01-01', 1, null)")))
        .isNotEqualTo(PartitionContent.byPartition(rows("('2024-01-01', null, 1)")));
  }

  @Test
  void contentsAddUp() {
    Dataset<Row> rows = rows("('2024-01-01', 1, 2), ('2024-01-02', 5, 6)");
    var byDay = PartitionContent.byPartition(rows);
    var whole = PartitionContent.byPartition(rows.withColumnRenamed("dt", "day")).get("");
    var days = List.copyOf(byDay.values());
    assertThat(days.get(0).plus(days.get(1)).rows()).isEqualTo(whole.rows());
    assertThat(PartitionContent.combined(days)).isEqualTo(days.get(0).plus(days.get(1)).hash());
  }

  private static Dataset<Row> rows(String values) {
    return LocalSpark.session().sql("select * from values " + values + " as t(dt, a, b)");
  }
}
