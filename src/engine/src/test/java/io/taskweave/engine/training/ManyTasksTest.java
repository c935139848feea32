package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.MixtureSpec;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.engine.LocalSpark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The largest numbers of tasks and experts that are claimed to work. */
class ManyTasksTest {
  private static final int TASKS = 10;
  private static final int EXPERTS = 64;
  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(Field.categorical("user", 20), Field.categorical("item", 30)),
          IntStream.range(0, TASKS).mapToObj(task -> "task" + task).toList());

  @TempDir java.nio.file.Path folder;

  @Test
  void tenTasksOfSixtyFourExpertsTrainByAdaTask() throws IOException {
    MixtureSpec model =
        new MixtureSpec(
            false, new EmbeddingSpec(2, 0.1), true, EXPERTS, List.of(4), List.of(), List.of(4), 0);
    TrainingPlan plan =
        TinyTraining.builder(LAYOUT, model)
            .maxEpochs(1)
            .learningRate(1e-3)
            .clipping(GradientClipping.NONE)
            .optimizer(OptimizerSpec.perTask(Adam.DEFAULT))
            .build();
    TrainingData data = new TrainingData(samples(1, 150), samples(1000, 80));
    Path run = new Path(folder.toUri());
    TrainingOutcome outcome =
        TinyTraining.trainer().train(plan, data, run, false, TrainingListener.NONE);
    assertThat(outcome.bestByTask()).hasSize(TASKS);
    ParameterLayout parameters = model.create(LAYOUT).parameters();
    float[] start = parameters.initialValues(plan.seed());
    float[] actual =
        RunFiles.readWeights(
            TinyTraining.hadoop(), new Path(outcome.best(), RunFiles.WEIGHTS), parameters);
    double[] expected = ReferenceTraining.weights(plan, data);
    double moved = 0;
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(3e-5));
      moved = Math.max(moved, Math.abs(expected[i] - start[i]));
    }
    assertThat(moved).isGreaterThan(1e-2);
  }

  private static Dataset<Row> samples(long from, int count) {
    StructType schema =
        new StructType()
            .add("sample_id", DataTypes.LongType)
            .add("stream", DataTypes.IntegerType)
            .add("weight", DataTypes.FloatType)
            .add("feature_user", DataTypes.IntegerType)
            .add("feature_item", DataTypes.IntegerType);
    for (String task : LAYOUT.tasks()) {
      schema = schema.add(SampleColumns.label(task), DataTypes.ByteType);
    }
    List<Row> rows = new ArrayList<>();
    for (long id = from; id < from + count; id++) {
      int user = (int) (20 * CounterRandom.uniform(1, id));
      int item = (int) (30 * CounterRandom.uniform(2, id));
      List<Object> row =
          new ArrayList<>(List.of(id, (int) (id % TinyTraining.STREAMS), 1f, user, item));
      for (int task = 0; task < TASKS; task++) {
        row.add((byte) ((user * task + item) % (task + 2) == 0 ? 1 : 0));
      }
      rows.add(RowFactory.create(row.toArray()));
    }
    return LocalSpark.session().createDataFrame(rows, schema);
  }
}
