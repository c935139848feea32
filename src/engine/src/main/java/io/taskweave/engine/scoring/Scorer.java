package io.taskweave.engine.scoring;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.GateWeights;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.engine.sample.SampleRows;
import io.taskweave.engine.sample.SampleSource;
import io.taskweave.engine.training.RunFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Scores samples with the weights of a finished training, partition by partition and a few thousand
 * rows at a time, so that memory does not grow with the samples.
 */
public final class Scorer {
  static final int BLOCK_ROWS = 4096;

  private Scorer() {}

  /** Which weights make which columns. */
  public enum Selection {
    /** {@code score_<task>} by the weights of the common best epoch. */
    COMMON_EPOCH,
    /** {@code score_<task>} by the weights of the task's own best epoch. */
    OWN_EPOCH,
    /** The former, and {@code own_epoch_score_<task>} by the weights of the task's best epoch. */
    BOTH
  }

  private record Loaded(ModelFile model, Broadcast<float[]> weights) {
    static Loaded of(SparkSession spark, Path best) {
      Configuration hadoop = spark.sparkContext().hadoopConfiguration();
      ModelFile model = RunFiles.readModel(hadoop, best);
      float[] weights = read(hadoop, new Path(best, RunFiles.WEIGHTS), model);
      return new Loaded(model, new JavaSparkContext(spark.sparkContext()).broadcast(weights));
    }
  }

  static float[] read(Configuration hadoop, Path file, ModelFile model) {
    return RunFiles.readWeights(hadoop, file, model.model().create(model.samples()).parameters());
  }

  /**
   * Adds scores (float probabilities) to each sample, partition by partition.
   *
   * @param best folder with {@code weights.safetensors}, {@code model.json} and, for scores of a
   *     task's own epoch, {@code task-<task>.safetensors}
   * @param samples feature columns of {@link SampleColumns}; labels may be absent
   * @return sample_id, user, item, time, split, label_* as far as present, and the columns of the
   *     selection
   * @throws CheckpointException if the folder does not hold weights of its model
   */
  public static Dataset<Row> score(
      SparkSession spark, Path best, Dataset<Row> samples, Selection selection) {
    return score(spark, best, samples, Optional.empty(), selection);
  }

  /**
   * As {@link #score(SparkSession, Path, Dataset, Selection)}, for a model that sees histories.
   *
   * @param histories rows of {@link io.taskweave.core.sample.EventColumns}
   */
  public static Dataset<Row> score(
      SparkSession spark,
      Path best,
      Dataset<Row> samples,
      Optional<Dataset<Row>> histories,
      Selection selection) {
    ModelFile model = RunFiles.readModel(spark.sparkContext().hadoopConfiguration(), best);
    ScoreSources sources = ScoreSources.read(spark, best, model, selection);
    ModelSpec spec = model.model();
    SampleRows rows = SampleRows.of(model.samples(), samples);
    List<String> present = Arrays.asList(samples.columns());
    List<String> kept = new ArrayList<>();
    for (String name :
        List.of(
            SampleColumns.SAMPLE_ID,
            SampleColumns.USER,
            SampleColumns.ITEM,
            SampleColumns.TIME,
            SampleColumns.SPLIT)) {
      if (present.contains(name)) {
        kept.add(name);
      }
    }
    model.samples().tasks().stream()
        .map(SampleColumns::label)
        .filter(present::contains)
        .forEach(kept::add);
    String[] keptColumns = kept.toArray(String[]::new);
    SampleSource source = SampleSource.of(rows, keptColumns);
    StructType schema = new StructType();
    for (String column : kept) {
      schema = schema.add(column, samples.schema().apply(column).dataType());
    }
    for (String column : sources.columns()) {
      schema = schema.add(column, DataTypes.FloatType, false);
    }
    DataType[] types =
        Arrays.stream(schema.fields()).map(StructField::dataType).toArray(DataType[]::new);
    JavaRDD<InternalRow> scored =
        SampleSource.internal(source.lined(samples, histories, keptColumns))
            .mapPartitions(
                partition ->
                    new Scores(spec, sources, rows, types, source.blocks(partition, BLOCK_ROWS)));
    return spark.internalCreateDataFrame(scored.rdd(), schema, false);
  }

  /**
   * Gate weights by source, summed over the samples of each key.
   *
   * @param best as in {@link #score}
   * @param histories rows of {@link io.taskweave.core.sample.EventColumns}, where the model sees
   *     them
   * @param key a column of strings, such as the group of a sample
   * @return by key; empty for a model without gates
   * @throws CheckpointException if the folder does not hold weights of its model
   */
  public static SortedMap<String, GateWeights> gateWeights(
      SparkSession spark,
      Path best,
      Dataset<Row> samples,
      Optional<Dataset<Row>> histories,
      String key) {
    Loaded loaded = Loaded.of(spark, best);
    ModelSpec spec = loaded.model().model();
    SampleRows rows = SampleRows.of(loaded.model().samples(), samples);
    Broadcast<float[]> weights = loaded.weights();
    SortedMap<String, GateWeights> total = new TreeMap<>();
    SampleSource source = SampleSource.of(rows, key);
    SampleSource.internal(source.lined(samples, histories, key))
        .mapPartitions(
            partition ->
                List.of(
                        new GateScan(spec, weights.value(), rows)
                            .scan(source.blocks(partition, BLOCK_ROWS)))
                    .iterator())
        .collect()
        .forEach(part -> part.forEach((name, sums) -> total.merge(name, sums, GateScan::plus)));
    return total;
  }

  /** Rows with scores, a block ahead of their reader. */
  private static final class Scores implements Iterator<InternalRow> {
    private final MultiTaskModel model;
    private final List<ParameterStorage> weights;
    private final ScoreSources sources;
    private final SampleRows rows;
    private final DataType[] types;
    private final Iterator<SampleSource.Block> input;
    private List<InternalRow> block = List.of();
    private List<float[]> logits = List.of();
    private int next;

    Scores(
        ModelSpec spec,
        ScoreSources sources,
        SampleRows rows,
        DataType[] types,
        Iterator<SampleSource.Block> input) {
      this.model = spec.create(rows.layout());
      this.sources = sources;
      this.weights =
          sources.weights().stream()
              .map(values -> ParameterStorage.flat(model.parameters(), values, 0))
              .toList();
      this.rows = rows;
      this.types = types;
      this.input = input;
    }

    @Override
    public boolean hasNext() {
      return next < block.size() || input.hasNext();
    }

    @Override
    public InternalRow next() {
      if (next == block.size()) {
        scoreBlock(input.next());
      }
      int scores = sources.columns().size();
      int kept = types.length - scores;
      Object[] values = new Object[types.length];
      for (int i = 0; i < kept; i++) {
        values[i] = block.get(next).get(rows.width() + i, types[i]);
      }
      for (int score = 0; score < scores; score++) {
        float logit =
            logits.get(sources.weightsOf(score))[sources.taskOf(score) * block.size() + next];
        values[kept + score] = (float) LogLoss.probability(logit);
      }
      next++;
      return new GenericInternalRow(values);
    }

    private void scoreBlock(SampleSource.Block read) {
      block = read.rows();
      next = 0;
      SampleBatch batch = SampleBatch.all(read.samples());
      logits = new ArrayList<>();
      for (ParameterStorage values : weights) {
        float[] ofAll = new float[rows.layout().tasks().size() * block.size()];
        model.score(values, batch, ofAll);
        logits.add(ofAll);
      }
    }
  }
}
