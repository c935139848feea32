package io.taskweave.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.Pooling;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.sample.SampleRows;
import io.taskweave.engine.sample.SampleSource;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class TrainingMemoryTest {
  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(
              Field.categorical("user", 1000),
              new Field("tags", FieldKind.MULTI_VALUED, "tags", 10, Pooling.MEAN),
              Field.numeric("age")),
          List.of("click"));
  private static final ActivationMemory ACTIVATIONS =
      new ActivationMemory(new ActivationMemory.Line(50, 300), new ActivationMemory.Line(40, 200));
  private static final long WEIGHTS = 123_456;
  private static final long DOMINANCE = 1000;

  private static TrainingMemory memory(long rows, int executors, String executorMemory) {
    return memory(rows, executors, executorMemory, SampleMemory.UNBOUNDED);
  }

  private static TrainingMemory memory(
      long rows, int executors, String executorMemory, SampleMemory bound) {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.master", "spark://host:7077")
            .set("spark.executor.memory", executorMemory);
    SampleSize train = new SampleSize(rows, 40 * rows);
    return TrainingMemory.of(
        WEIGHTS,
        0,
        DOMINANCE,
        1000,
        ACTIVATIONS,
        train,
        new SampleSize(10, 400),
        1024,
        4096,
        executors,
        1,
        bound,
        1,
        conf);
  }

  @Test
  void countsTheBytesThatBlocksTake() {
    Dataset<Row> samples =
        LocalSpark.session()
            .createDataFrame(
                List.of(
                    RowFactory.create(1L, 5, new int[] {1, 2, 3}, 0.5f, 1),
                    RowFactory.create(2L, 6, null, 0.25f, 0),
                    RowFactory.create(3L, 7, new int[] {4}, 0f, 1)),
                new StructType()
                    .add("sample_id", DataTypes.LongType)
                    .add("feature_user", DataTypes.IntegerType)
                    .add("feature_tags", DataTypes.createArrayType(DataTypes.IntegerType))
                    .add("feature_age", DataTypes.FloatType)
                    .add("label_click", DataTypes.IntegerType));
    SampleRows rows = SampleRows.of(LAYOUT, samples);
    SampleBlockBuilder builder = new SampleBlockBuilder(LAYOUT);
    SampleSource.internal(rows.select(samples))
        .map(InternalRow::copy)
        .collect()
        .forEach(row -> rows.append(row, builder));
    SampleSize size = SampleSize.of(LAYOUT, samples, java.util.Optional.empty());
    assertThat(size.rows()).isEqualTo(3);
    // A block has one end more than rows for a multi-valued field.
    assertThat(size.bytes() + Integer.BYTES).isEqualTo(builder.build().bytes());
  }

  @Test
  void refusesSamplesThatTheExecutorsCannotHold() {
    assertThatCode(() -> memory(1_000_000, 1, "1g").check(0.6)).doesNotThrowAnyException();
    assertThatThrownBy(() -> memory(10_000_000, 1, "1g").check(0.6))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("an executor needs")
        .hasMessageContaining("of 1,024");
    assertThatCode(() -> memory(10_000_000, 4, "1g").check(0.6)).doesNotThrowAnyException();
  }

  @Test
  void growsWithWhatMustBeHeld() {
    TrainingMemory small = memory(1000, 1, "1g");
    assertThat(memory(9_000_000, 1, "1g").samples()).isEqualTo(9000 * small.samples());
    assertThat(small.needed())
        .isEqualTo(WEIGHTS + small.samples() + small.validation() + small.batches() + DOMINANCE);
    assertThat(small.batches()).isEqualTo(50 + 1024 * 300 + 40 + 10 * 200);
    assertThat(memory(1000, 2, "1g").batches()).isEqualTo(50 + 512 * 300 + 40 + 10 * 200);
    assertThat(memory(1000, 1, "2g").heap()).isEqualTo(2 * small.heap());
  }

  @Test
  void countsTheBoundWhereSamplesStreamFromDisk() {
    TrainingMemory held = memory(10_000_000, 1, "1g");
    TrainingMemory streamed = memory(10_000_000, 1, "1g", new SampleMemory(100 << 20));
    assertThatCode(() -> streamed.check(0.6)).doesNotThrowAnyException();
    assertThat(held.chunks()).isEqualTo(1);
    // 420 MiB of 40 bytes and the order of each, in chunks of 40.
    assertThat(streamed.chunks()).isEqualTo(11);
    assertThat(streamed.samples()).isEqualTo(100 << 20);
    assertThat(streamed.disk()).isEqualTo(2 * held.samples());
    assertThat(streamed.toString())
        .contains("training samples 100 (40.0 bytes each; 11 chunks stream from disk, where they")
        .contains("take 840)");
    assertThat(memory(1000, 1, "1g", new SampleMemory(44_000))).isEqualTo(memory(1000, 1, "1g"));
    // Half of it in each of two executors.
    assertThat(memory(10_000_000, 2, "1g", new SampleMemory(100 << 20)).chunks()).isEqualTo(6);
  }

  @Test
  void refusesABoundThatDividesIntoTooManyChunks() {
    assertThatThrownBy(() -> memory(1_000_000, 1, "1g", new SampleMemory(1000)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("42,969 KiB, would be divided into more than 1,000 chunks")
        .hasMessageContaining("set training.sample-memory to at least 108k");
    assertThatCode(() -> memory(1_000_000, 1, "1g", new SampleMemory(110 << 10)))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesChunksOfWhichTwoDoNotFit() {
    assertThatCode(() -> new SampleMemory(2048).check(1024)).doesNotThrowAnyException();
    assertThatThrownBy(() -> new SampleMemory(2048).check(1025))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("takes 2 KiB and two must fit into training.sample-memory (2 KiB)")
        .hasMessageContaining("set it to at least 3k");
  }
}
