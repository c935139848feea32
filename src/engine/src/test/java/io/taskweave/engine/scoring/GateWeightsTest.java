package io.taskweave.engine.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.format.ModelFile;
import io.taskweave.core.format.SafetensorsWriter;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.GateWeights;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.training.RunFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GateWeightsTest {
  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(Field.categorical("user", 7), Field.categorical("item", 11)),
          List.of("click", "like"));
  private static final EmbeddingSpec EMBEDDING = new EmbeddingSpec(4, 1);
  private static final ModelSpec GATED =
      new StemNetSpec(
          EMBEDDING,
          1,
          2,
          1,
          List.of(8),
          List.of(4),
          List.of(4),
          0,
          GateInput.OWN_PLUS_SHARED,
          false);
  private static final int ROWS = 60;

  @TempDir java.nio.file.Path best;

  @Test
  void everyKeySumsItsOwnRowsWhereverTheyLie() throws IOException {
    write(GATED);

    SortedMap<String, GateWeights> sums =
        Scorer.gateWeights(
            spark(), new Path(best.toUri()), samples(), java.util.Optional.empty(), "key");

    assertThat(sums.keySet()).containsExactly("a", "b", "c");
    for (int key = 0; key < 3; key++) {
      GateWeights expected = rowByRow(key);
      GateWeights actual = sums.get(name(key));
      assertThat(actual.rows()).isEqualTo(expected.rows()).isEqualTo(ROWS / 3);
      for (int task = 0; task < 2; task++) {
        double total = 0;
        for (int source = 0; source < 3; source++) {
          assertThat(actual.mean(task, source))
              .isCloseTo(expected.mean(task, source), within(1e-6));
          total += actual.mean(task, source);
        }
        assertThat(total).isCloseTo(1, within(1e-5));
      }
    }
    assertThat(sums.get("a").mean(0, 0)).isNotEqualTo(sums.get("b").mean(0, 0));
  }

  @Test
  void aModelWithoutGatesHasNone() throws IOException {
    write(new SharedBottomSpec(EMBEDDING, List.of(8), List.of(4), 0));

    assertThat(
            Scorer.gateWeights(
                spark(), new Path(best.toUri()), samples(), java.util.Optional.empty(), "key"))
        .isEmpty();
  }

  private static SparkSession spark() {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .getOrCreate();
  }

  private static String name(int key) {
    return String.valueOf((char) ('a' + key));
  }

  private static int user(int row) {
    return row * 5 % 7;
  }

  private static int item(int row) {
    return row * 3 % 11;
  }

  private static Dataset<Row> samples() {
    List<Row> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      rows.add(RowFactory.create((long) row, user(row), item(row), name(row % 3)));
    }
    return spark()
        .createDataFrame(
            rows,
            StructType.fromDDL("sample_id long, feature_user int, feature_item int, key string"))
        .repartition(3);
  }

  private static GateWeights rowByRow(int key) {
    MultiTaskModel model = GATED.create(LAYOUT);
    ParameterLayout layout = model.parameters();
    ParameterStorage weights = ParameterStorage.flat(layout, layout.initialValues(1), 0);
    GateWeights sums = new GateWeights(LAYOUT.tasks(), List.of("click", "like", "shared"));
    for (int row = key; row < ROWS; row += 3) {
      SampleBlockBuilder block = new SampleBlockBuilder(LAYOUT);
      block.addRow(row, 1);
      block.id(0, user(row));
      block.id(1, item(row));
      model.score(weights, SampleBatch.all(block.build()), new float[2]);
      model.addGateWeights(sums);
    }
    return sums;
  }

  private void write(ModelSpec spec) throws IOException {
    try (OutputStream out = Files.newOutputStream(best.resolve(RunFiles.MODEL))) {
      new ModelFile(spec, LAYOUT).write(out);
    }
    ParameterLayout layout = spec.create(LAYOUT).parameters();
    float[] values = layout.initialValues(1);
    List<Tensor> tensors = new ArrayList<>();
    for (Parameter parameter : layout.parameters()) {
      tensors.add(Tensor.floats(parameter.name(), parameter.shape()));
    }
    try (SafetensorsWriter writer =
        new SafetensorsWriter(
            Files.newOutputStream(best.resolve(RunFiles.WEIGHTS)), tensors, new TreeMap<>())) {
      for (int i = 0; i < layout.count(); i++) {
        writer.write(values, layout.offset(i), layout.get(i).size());
      }
    }
  }
}
