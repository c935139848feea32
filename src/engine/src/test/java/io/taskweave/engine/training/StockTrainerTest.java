package io.taskweave.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.scoring.Scorer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StockTrainerTest {
  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(Field.categorical("user", 20), Field.categorical("item", 30)),
          List.of("click", "like"));
  private static final ModelSpec MODEL =
      new SharedBottomSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(4), 0);
  private static final int STREAMS = 4;
  private static final int BATCH = 16;
  private static final int ROWS = 203;

  private static SparkSession spark;

  @TempDir java.nio.file.Path folder;

  @BeforeAll
  static void start() {
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4");
    TrainingSettings.pinned("local[2]", 2).forEach(builder::config);
    spark = builder.getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

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
    return spark.createDataFrame(rows, schema).repartition(3);
  }

  private static TrainingData data() {
    return new TrainingData(samples(1, ROWS), samples(1000, 100));
  }

  private static TrainingPlan plan(int epochs, TableDecay decay, double clip, double rate) {
    return new TrainingPlan(
        LAYOUT,
        MODEL,
        7,
        BATCH,
        epochs,
        STREAMS,
        rate,
        Adam.DEFAULT,
        decay,
        clip,
        new LearningRateSchedule.Step(1, 0.5),
        100,
        TrainingPlan.DEFAULT_MIN_IMPROVEMENT,
        2);
  }

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private static float[] lastWeights(Path run) throws IOException {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    return RunFiles.readWeights(
        hadoop,
        new Path(RunFiles.latest(hadoop, run).orElseThrow(), RunFiles.WEIGHTS),
        MODEL.create(LAYOUT).parameters());
  }

  /** The same mathematics on one thread, without Spark's or BigDL's part in it. */
  private static float[] reference(TrainingPlan plan) {
    StreamPartition all = StreamLoader.load(data().train(), plan, 1).first();
    MultiTaskModel model = MODEL.create(LAYOUT);
    ParameterLayout layout = model.parameters();
    Slice.Tables tables = Slice.Tables.of(MODEL, LAYOUT);
    float[] weights = layout.initialValues(plan.seed());
    float[] first = new float[weights.length];
    float[] second = new float[weights.length];
    int perStream = BATCH / STREAMS;
    int steps = (all.longestStream() + perStream - 1) / perStream;
    double rate = plan.learningRate();
    long step = 0;
    for (int epoch = 1; epoch <= plan.maxEpochs(); epoch++, rate /= 2) {
      for (int inEpoch = 0; inEpoch < steps; inEpoch++) {
        SampleBatch batch = all.batch(epoch, inEpoch, perStream, 0, STREAMS);
        float[] logits = new float[2 * batch.count()];
        float[] errors = new float[logits.length];
        float[] gradient = new float[weights.length];
        double[] labelled = new double[2];
        LogLoss.addWeights(batch, labelled);
        float[] factors = {
          labelled[0] > 0 ? (float) (1 / labelled[0]) : 0,
          labelled[1] > 0 ? (float) (1 / labelled[1]) : 0
        };
        ParameterStorage storage = ParameterStorage.flat(layout, weights, 0);
        model.forward(storage, batch, 0, logits);
        LogLoss.gradient(batch, logits, factors, errors);
        model.backward(
            storage, batch, errors, Gradients.summed(ParameterStorage.flat(layout, gradient, 0)));
        Slice.of(0, 1, weights.length).decay(tables, plan.decay(), weights, 0, gradient, 0);
        double squares = 0;
        for (float value : gradient) {
          squares += (double) value * value;
        }
        double scale = plan.clipNorm() / (Math.sqrt(squares) + 1e-6);
        plan.adam()
            .update(
                weights,
                0,
                gradient,
                0,
                first,
                0,
                second,
                0,
                weights.length,
                rate,
                ++step,
                plan.clipNorm() > 0 && scale < 1 ? (float) scale : 1);
      }
    }
    return weights;
  }

  private void trainsLikeReference(String name, TableDecay decay, double clip) throws IOException {
    TrainingPlan plan = plan(2, decay, clip, 1e-3);
    new StockTrainer(spark).train(plan, data(), run(name), false, TrainingListener.NONE);
    float[] expected = reference(plan);
    float[] start = MODEL.create(LAYOUT).parameters().initialValues(plan.seed());
    assertThat(start).isNotEqualTo(expected);
    float[] actual = lastWeights(run(name));
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(2e-5f));
    }
  }

  @Test
  void trainsLikeOneThreadWithoutBigDl() throws IOException {
    trainsLikeReference("plain", TableDecay.NONE, 0);
  }

  @Test
  void fullDecayAndClippingEqualTheirDefinition() throws IOException {
    trainsLikeReference("full", new TableDecay(TableDecay.Kind.FULL, 0.01), 0.3);
  }

  @Test
  void touchedDecayEqualsItsDefinition() throws IOException {
    trainsLikeReference("touched", new TableDecay(TableDecay.Kind.TOUCHED, 0.01), 0);
  }

  @Test
  void resumesToTheSameBits() throws IOException {
    TableDecay decay = new TableDecay(TableDecay.Kind.FULL, 0.01);
    StockTrainer trainer = new StockTrainer(spark);
    TrainingOutcome whole =
        trainer.train(plan(4, decay, 1, 1e-2), data(), run("whole"), false, TrainingListener.NONE);
    trainer.train(plan(2, decay, 1, 1e-2), data(), run("parts"), false, TrainingListener.NONE);
    TrainingOutcome resumed =
        trainer.train(plan(4, decay, 1, 1e-2), data(), run("parts"), true, TrainingListener.NONE);
    assertThat(lastWeights(run("parts"))).isEqualTo(lastWeights(run("whole")));
    assertThat(resumed).usingRecursiveComparison().ignoringFields("best").isEqualTo(whole);
    try (var kept = Files.list(folder.resolve("parts").resolve("checkpoints"))) {
      assertThat(kept).hasSize(2);
    }
    List<Row> scored = Scorer.score(spark, whole.best(), data().validation()).collectAsList();
    assertThat(scored).hasSize(100);
    assertThat(scored.get(0).schema().fieldNames())
        .containsExactly("sample_id", "label_click", "label_like", "score_click", "score_like");
  }

  @Test
  void everyRowComesOnceInAnEpochWhateverThePartitions() {
    TrainingPlan plan = plan(1, TableDecay.NONE, 0, 1e-3);
    StreamPartition one = StreamLoader.load(data().train(), plan, 1).first();
    List<StreamPartition> two = StreamLoader.load(data().train(), plan, 2).collect();
    int steps = (one.longestStream() + 3) / 4;
    Set<Long> seen = new HashSet<>();
    for (int step = 0; step < steps; step++) {
      List<Long> whole = ids(one.batch(3, step, 4, 0, 4));
      List<Long> parts = new ArrayList<>(ids(two.get(0).batch(3, step, 4, 0, 2)));
      parts.addAll(ids(two.get(1).batch(3, step, 4, 0, 2)));
      assertThat(parts).isEqualTo(whole);
      whole.forEach(id -> assertThat(seen.add(id)).isTrue());
    }
    assertThat(seen).hasSize(ROWS);
  }

  private static List<Long> ids(SampleBatch batch) {
    return Arrays.stream(batch.rows(), 0, batch.count())
        .mapToObj(row -> batch.block().sampleIds()[row])
        .toList();
  }

  @Test
  void divergenceNamesStepAndTask() {
    assertThatThrownBy(
            () ->
                new StockTrainer(spark)
                    .train(
                        plan(3, TableDecay.NONE, 0, 1e30),
                        data(),
                        run("diverged"),
                        false,
                        TrainingListener.NONE))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("at step ");
  }

  @Test
  void refusesBatchesThatStreamsDoNotDivide() {
    TrainingPlan plan = plan(1, TableDecay.NONE, 0, 1e-3);
    TrainingPlan odd =
        new TrainingPlan(
            LAYOUT,
            MODEL,
            7,
            15,
            1,
            3,
            1e-3,
            plan.adam(),
            plan.decay(),
            0,
            plan.schedule(),
            1,
            1e-6,
            1);
    assertThatThrownBy(
            () ->
                new StockTrainer(spark)
                    .train(odd, data(), run("odd"), false, TrainingListener.NONE))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("streams must be a multiple of executors x cores (3 streams, 1 x 2)");
  }
}
