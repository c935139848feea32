package io.taskweave.pipeline.analyse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.pipeline.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class AnalysisStageTest {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final StructType SCHEMA =
      StructType.fromDDL(
          "user string, item string, split string, dt string, label_a tinyint, `label_b.c` tinyint");

  @Test
  void countsRowsAndLabelsOfEverySplitAndDay() {
    JsonNode labels =
        analyse(
                row("u", "i", "train", "2026-01-01", 1, 0),
                row("u", "i", "train", "2026-01-01", 0, null),
                row("u", "i", "test", "2026-01-02", null, 1))
            .path("labels");

    assertThat(texts(labels))
        .containsExactly(
            "{\"split\":\"test\",\"dt\":\"2026-01-02\",\"task\":\"a\",\"rows\":1,\"labelled\":0,\"positives\":0}",
            "{\"split\":\"test\",\"dt\":\"2026-01-02\",\"task\":\"b.c\",\"rows\":1,\"labelled\":1,\"positives\":1}",
            "{\"split\":\"train\",\"dt\":\"2026-01-01\",\"task\":\"a\",\"rows\":2,\"labelled\":2,\"positives\":1}",
            "{\"split\":\"train\",\"dt\":\"2026-01-01\",\"task\":\"b.c\",\"rows\":2,\"labelled\":1,\"positives\":0}");
  }

  @Test
  void liftComparesWithIndependentLabelsOverRowsThatKnowBoth() {
    JsonNode pair =
        analyse(
                row("u", "i", "train", "2026-01-01", 1, 1),
                row("u", "i", "train", "2026-01-01", 1, 0),
                row("u", "i", "train", "2026-01-01", 0, 0),
                row("u", "i", "train", "2026-01-01", 0, 0),
                row("u", "i", "train", "2026-01-01", 1, null))
            .path("co_occurrence")
            .path(0);

    assertThat(pair.path("rows").asLong()).isEqualTo(4);
    assertThat(pair.path("first_positives").asLong()).isEqualTo(2);
    assertThat(pair.path("second_positives").asLong()).isEqualTo(1);
    assertThat(pair.path("both").asLong()).isEqualTo(1);
    // Independent labels would share 2 * 1 / 4 rows.
    assertThat(pair.path("lift").asDouble()).isEqualTo(2.0);
  }

  @Test
  void withoutPositivesThereIsNoLift() {
    JsonNode pair =
        analyse(row("u", "i", "train", "2026-01-01", 0, 0)).path("co_occurrence").path(0);

    assertThat(pair.path("lift").isNull()).isTrue();
  }

  @Test
  void binsUsersAndItemsByPowersOfTwo() {
    List<Row> rows = new ArrayList<>();
    for (int rowsOfUser : new int[] {1, 2, 3, 4, 7, 8}) {
      for (int i = 0; i < rowsOfUser; i++) {
        rows.add(row("u" + rowsOfUser, "only", "train", "2026-01-01", 0, 0));
      }
    }
    JsonNode analysis = analyse(rows.toArray(Row[]::new));

    assertThat(texts(analysis.path("user_activity")))
        .containsExactly(
            "{\"from\":1,\"to\":1,\"count\":1,\"rows\":1}",
            "{\"from\":2,\"to\":3,\"count\":2,\"rows\":5}",
            "{\"from\":4,\"to\":7,\"count\":2,\"rows\":11}",
            "{\"from\":8,\"to\":15,\"count\":1,\"rows\":8}");
    assertThat(texts(analysis.path("item_popularity")))
        .containsExactly("{\"from\":16,\"to\":31,\"count\":1,\"rows\":25}");
  }

  @Test
  void aSingleTaskHasNoCoOccurrence() {
    JsonNode analysis =
        new AnalysisStage(new Path("samples"), new Path("analysis"), List.of("a"))
            .analyse(
                SPARK.createDataFrame(List.of(row("u", "i", "train", "2026-01-01", 1, 0)), SCHEMA));

    assertThat(analysis.path("co_occurrence")).isEmpty();
    assertThat(analysis.path("labels")).hasSize(1);
  }

  private static JsonNode analyse(Row... rows) {
    return new AnalysisStage(new Path("samples"), new Path("analysis"), List.of("a", "b.c"))
        .analyse(SPARK.createDataFrame(List.of(rows), SCHEMA));
  }

  private static Row row(String user, String item, String split, String day, Integer a, Integer b) {
    return RowFactory.create(
        user, item, split, day, a == null ? null : a.byteValue(), b == null ? null : b.byteValue());
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.toString()));
    return texts;
  }
}
