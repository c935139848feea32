package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.model.AitmSpec;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.EsmmSpec;
import io.taskweave.core.model.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class FunnelCheckTest {
  private static final EmbeddingSpec TABLES = new EmbeddingSpec(2, 0.1);
  private static final ModelSpec ESMM = new EsmmSpec(TABLES, List.of(4), List.of(), 0);

  private static Dataset<Row> samples(Integer[]... labels) {
    List<Row> rows = new ArrayList<>();
    for (Integer[] pair : labels) {
      rows.add(RowFactory.create((Object[]) pair));
    }
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
        .createDataFrame(rows, StructType.fromDDL("label_click int, label_buy int"));
  }

  private static void check(ModelSpec model, Dataset<Row> samples) {
    FunnelCheck.require(model, List.of("click", "buy"), samples);
  }

  @Test
  void aFunnelWithUnknownLabelsPasses() {
    Dataset<Row> funnel =
        samples(
            new Integer[] {1, 1},
            new Integer[] {1, 0},
            new Integer[] {0, 0},
            new Integer[] {null, 1},
            new Integer[] {0, null});
    assertThatCode(() -> check(ESMM, funnel)).doesNotThrowAnyException();
  }

  @Test
  void aPurchaseWithoutAClickIsRefusedByTheModelThatAssumesNone() {
    Dataset<Row> broken = samples(new Integer[] {1, 1}, new Integer[] {0, 1}, new Integer[] {0, 0});
    assertThatThrownBy(() -> check(ESMM, broken))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("buy implies click")
        .hasMessageContaining("(1 of 2)");
    assertThatCode(() -> check(new AitmSpec(TABLES, List.of(4), List.of(), 0), broken))
        .doesNotThrowAnyException();
  }
}
