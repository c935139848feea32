package io.taskweave.engine.training;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.update.UpdateRule;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** A training that takes a second. */
public final class TinyTraining {
  public static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(Field.categorical("user", 20), Field.categorical("item", 30)),
          List.of("click", "like"));
  public static final ModelSpec MODEL =
      new SharedBottomSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(4), 0);
  public static final int STREAMS = 4;
  public static final int BATCH = 16;
  public static final int ROWS = 203;

  private TinyTraining() {}

  /** Every fifth like is missing; rows are spread unevenly over the streams. */
  private static Dataset<Row> samples(long from, int count) {
    StructType schema =
        new StructType()
            .add("sample_id", DataTypes.LongType)
            .add("stream", DataTypes.IntegerType)
            .add("weight", DataTypes.FloatType)
            .add("feature_user", DataTypes.IntegerType)
            .add("feature_item", DataTypes.IntegerType)
            .add("label_click", DataTypes.ByteType)
            .add("label_like", DataTypes.ByteType);
    List<Row> rows = new ArrayList<>();
    for (long id = from; id < from + count; id++) {
      int user = (int) (20 * CounterRandom.uniform(1, id));
      int item = (int) (30 * CounterRandom.uniform(2, id));
      byte click = (byte) ((user + item + (int) (3 * CounterRandom.uniform(3, id))) % 2);
      Byte like = id % 5 == 0 ? null : (byte) (item % 3 == 0 ? 1 : 0);
      int stream = id % 7 == 0 ? 0 : (int) (id % STREAMS);
      rows.add(RowFactory.create(id, stream, id % 3 == 0 ? 2f : 1f, user, item, click, like));
    }
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext());
    return LocalSpark.session().createDataFrame(spark.parallelize(rows, 3), schema);
  }

  public static TrainingData data() {
    return new TrainingData(samples(1, ROWS), samples(1000, 100));
  }

  /**
   * Two epochs, each of which counts as an improvement, so that the best weights are the last. The
   * rate halves after the first.
   */
  public static TrainingPlan.Builder builder(SampleLayout layout, ModelSpec model) {
    return TrainingPlan.builder(layout, model)
        .seed(7)
        .batchSize(BATCH)
        .maxEpochs(2)
        .streams(STREAMS)
        .learningRate(1e-2)
        .clipping(new GradientClipping(GradientClipping.Kind.SUM, 1))
        .schedule(new LearningRateSchedule.Step(1, 0.5))
        .minImprovement(-1)
        .checkpointsKept(2);
  }

  public static TrainingPlan.Builder builder() {
    return builder(LAYOUT, MODEL);
  }

  public static TrainingPlan plan() {
    return builder().build();
  }

  public static TrainingPlan plan(int epochs, TableDecay decay, double clip, double rate) {
    return builder()
        .maxEpochs(epochs)
        .decay(decay)
        .clipping(new GradientClipping(GradientClipping.Kind.SUM, clip))
        .learningRate(rate)
        .build();
  }

  /** AdaTask, each task's gradient clipped apart. */
  public static TrainingPlan perTask(TrainingPlan plan, UpdateRule rule) {
    return plan.toBuilder()
        .clipping(new GradientClipping(GradientClipping.Kind.PER_TASK, plan.clipping().norm()))
        .optimizer(OptimizerSpec.perTask(rule))
        .build();
  }

  public static Trainer trainer() {
    return new ShardedTrainer(LocalSpark.session(), RowUpdates.DENSE, 0);
  }

  public static TrainingOutcome train(TrainingPlan plan, Path run, boolean resume) {
    return trainer().train(plan, data(), run, resume, TrainingListener.NONE);
  }

  public static Path checkpoint(Path run) throws IOException {
    return RunFiles.latest(hadoop(), run).orElseThrow();
  }

  /** Of a plan by which the last weights are the best. */
  public static float[] lastWeights(Path run) {
    return RunFiles.readWeights(
        hadoop(),
        new Path(RunFiles.best(run), RunFiles.WEIGHTS),
        MODEL.create(LAYOUT).parameters());
  }

  public static Configuration hadoop() {
    return LocalSpark.session().sparkContext().hadoopConfiguration();
  }
}
