package io.taskweave.pipeline.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.LocalSpark;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a stage writes is described as it passes: as if it had been read again. */
class WrittenRowsTest {
  @TempDir Path folder;

  @Test
  void rowsByDayAreDescribedAsTheyAreRead() {
    StageResult result =
        write(
            "select cast(id as int) as a, if(id % 3 = 0, null, 'x') as b, if(id = 7, null,"
                + " concat('2024-01-0', id % 4 + 1)) as dt, array(id, null) as c from range(20)");
    assertThat(result.contentByPartition())
        .containsOnlyKeys("", "2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04")
        .isEqualTo(PartitionContent.byPartition(read(result)));
    assertThat(result.contentByPartition().get("").rows()).isEqualTo(1);
    assertThat(result.rows()).isEqualTo(20);
    assertThat(read(result).columns()).containsExactly("a", "b", "c", "dt");
  }

  @Test
  void rowsWithoutDaysAreDescribedAsTheyAreRead() {
    StageResult result = write("select id, cast(id as string) as b from range(20)");
    assertThat(result.contentByPartition())
        .containsOnlyKeys("")
        .isEqualTo(PartitionContent.byPartition(read(result)));
  }

  @Test
  void noRowsAreNoContent() {
    StageResult result = write("select id, '2024-01-01' as dt from range(0)");
    assertThat(result.contentByPartition()).isEmpty();
    assertThat(result.rows()).isZero();
  }

  private StageResult write(String query) {
    SparkSession spark = LocalSpark.session();
    return new StageContext(
            spark,
            spark.sessionState().newHadoopConf(),
            new org.apache.hadoop.fs.Path(folder.toUri()),
            Optional.empty(),
            Progress.NONE)
        .writeRows(spark.sql(query).repartition(3), JsonNodeFactory.instance.objectNode());
  }

  private Dataset<Row> read(StageResult result) {
    return LocalSpark.session()
        .read()
        .schema((StructType) DataType.fromJson(result.schema()))
        .parquet(folder.toString());
  }
}
