package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.PartitionContent;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.split.SplitRule;
import io.taskweave.pipeline.validate.LogValidation;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Publishes samples in user-hashed streams, below {@code samples/}, with the encoder that made
 * them, below {@code encoder/}.
 */
public final class FeatureStage implements Stage {
  static final String SAMPLES = "samples";

  private final FeaturePlan plan;
  private final Path log;
  private final Optional<Path> validation;
  private final Path output;

  /**
   * @param log published data set of the log
   */
  public FeatureStage(FeaturePlan plan, Path log, Path output) {
    this(plan, log, Optional.empty(), output);
  }

  /**
   * @param log published data set of the log
   * @param validation published findings about the log; rows that they set apart are left out
   */
  public FeatureStage(FeaturePlan plan, Path log, Path validation, Path output) {
    this(plan, log, Optional.of(validation), output);
  }

  private FeatureStage(FeaturePlan plan, Path log, Optional<Path> validation, Path output) {
    this.plan = plan;
    this.log = log;
    this.validation = validation;
    this.output = output;
  }

  /** The rows of a published samples data set, with {@code dt} and {@code split} as text. */
  public static Dataset<Row> samples(SparkSession spark, Path samples) {
    return DataSet.open(samples).rows(spark, SAMPLES);
  }

  @Override
  public String name() {
    return "features";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return validation.map(findings -> List.of(log, findings)).orElse(List.of(log));
  }

  @Override
  public SortedMap<String, String> settings() {
    TreeMap<String, String> settings = new TreeMap<>();
    settings.put("user", plan.userColumn());
    settings.put("item", plan.itemColumn());
    settings.put("weight", plan.weightColumn());
    settings.put("streams", Integer.toString(plan.streams()));
    settings.put("split", plan.split().toString());
    settings.put("tasks", plan.tasks().toString());
    settings.put("days", plan.days().toString());
    settings.put("append-vocabulary", Boolean.toString(plan.appendVocabulary()));
    settings.put("broadcast-limit", Long.toString(plan.broadcastLimit()));
    for (FieldPlan field : plan.fields()) {
      settings.put("field " + field.name(), field.toString());
    }
    // The order of fields is the order in the model.
    settings.put("fields", plan.fields().stream().map(FieldPlan::name).toList().toString());
    return settings;
  }

  @Override
  public StageResult run(StageContext context) {
    SparkSession spark = context.spark();
    Dataset<Row> rows =
        validation.isPresent()
            ? LogValidation.validRows(spark, log, validation.get())
            : DataSet.open(log).rows(spark);
    Dataset<Row> parted = rows.withColumn(InputChecks.PART, plan.split().part(plan.userColumn()));
    InputChecks.verifyTraining(parted, plan);

    Optional<FeatureEncoder> previous =
        plan.appendVocabulary() && context.previous().isPresent()
            ? Optional.of(FeatureEncoder.open(output))
            : Optional.empty();
    Path encoderFolder = new Path(context.dataFolder(), FeatureEncoder.FOLDER);
    Dataset<Row> training = parted.where(col(InputChecks.PART).equalTo(lit(SplitRule.TRAIN)));
    fit(context, training, encoderFolder, previous);
    FeatureEncoder encoder = FeatureEncoder.ofFolder(encoderFolder, context.configuration());

    // Rows that other rows decide about keep the part that all of them have led to.
    boolean byRow = plan.split().isByRow();
    Column part = byRow ? plan.split().part(plan.userColumn()) : col(InputChecks.PART);
    Dataset<Row> whole = byRow ? rows : parted;
    Dataset<Row> encoded =
        plan.days().isEmpty()
            ? whole
            : whole.where(col(SampleColumns.DAY).cast("string").isin(plan.days().toArray()));
    context.progress().update("encode samples", 0, 1);
    Path samples = new Path(context.dataFolder(), SAMPLES);
    SampleWriter writer =
        new SampleWriter(encoder.encoding(spark).encode(encoded, Optional.of(part)));
    List<FieldPlan> withIds =
        plan.fields().stream().filter(field -> field.kind() != FieldKind.NUMERIC).toList();
    SampleCounts counts = new SampleCounts(writer.schema(), plan.tasks(), withIds);
    SortedMap<String, PartitionContent> content = writer.write(samples, plan.streams(), counts);
    content.merge("", encoder.content(spark), PartitionContent::plus);
    context.progress().update("encode samples", 1, 1);

    ObjectNode summary = SampleSummary.of(counts.parts(), encoder.description(), withIds);
    Set<String> replaced = new HashSet<>(plan.days());
    if (!replaced.isEmpty()) {
      // The encoder lies in no partition and is always written anew.
      replaced.add("");
    }
    return new StageResult(writer.schema().json(), content, summary, replaced);
  }

  private void fit(
      StageContext context,
      Dataset<Row> training,
      Path encoderFolder,
      Optional<FeatureEncoder> previous) {
    try {
      new EncoderFitting(plan, training, previous, context.progress())
          .fit(encoderFolder)
          .write(encoderFolder, context.configuration());
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write "
              + encoderFolder
              + ": "
              + failure.getMessage()
              + ", check space and rights",
          failure);
    }
  }
}
