package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.stddev_pop;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.progress.Progress;
import io.taskweave.core.sample.FieldKind;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Learns vocabularies, edges and means from the training part. */
final class EncoderFitting {
  /** Digits kept of a mean: sums of doubles differ with the partitions beyond them. */
  private static final MathContext STABLE_DIGITS = new MathContext(9);

  private final FeaturePlan plan;
  private final Dataset<Row> training;
  private final Optional<FeatureEncoder> previous;
  private final Progress progress;

  EncoderFitting(
      FeaturePlan plan,
      Dataset<Row> training,
      Optional<FeatureEncoder> previous,
      Progress progress) {
    this.plan = plan;
    this.training = training;
    this.previous = previous;
    this.progress = progress;
  }

  /** Writes the vocabularies below a folder and describes the rest. */
  EncoderDescription fit(Path folder) {
    Map<String, Integer> rowsByTable = writeVocabularies(folder);
    Map<String, FittedField> known = new HashMap<>();
    if (!plan.days().isEmpty()) {
      // Days encoded earlier keep their samples, so their edges and means hold for new days too.
      previous.ifPresent(
          encoder ->
              encoder
                  .description()
                  .fields()
                  .forEach(field -> known.put(field.plan().name(), field)));
    }
    List<FittedField> fields = new ArrayList<>();
    for (FieldPlan field : plan.fields()) {
      FittedField before = known.get(field.name());
      boolean reuse = before != null && before.plan().equals(field);
      FittedField fitted = reuse ? before : fit(field);
      fields.add(
          field.hasVocabulary() ? fitted.withTableRows(rowsByTable.get(field.table())) : fitted);
    }
    return new EncoderDescription(
        EncoderDescription.FORMAT_VERSION,
        previous.map(encoder -> encoder.description().vocabularyVersion()).orElse(0) + 1,
        plan.userColumn(),
        plan.itemColumn(),
        plan.weightColumn(),
        plan.streams(),
        plan.broadcastLimit(),
        plan.tasks(),
        fields);
  }

  private Map<String, Integer> writeVocabularies(Path folder) {
    SortedMap<String, List<FieldPlan>> fieldsByTable = new TreeMap<>();
    for (FieldPlan field : plan.fields()) {
      if (field.hasVocabulary()) {
        fieldsByTable.computeIfAbsent(field.table(), table -> new ArrayList<>()).add(field);
      }
    }
    if (fieldsByTable.isEmpty()) {
      return Map.of();
    }
    progress.update("vocabularies", 0, fieldsByTable.size());
    Map<String, Integer> previousRows = new HashMap<>();
    previous.ifPresent(
        encoder ->
            encoder.description().fields().stream()
                .filter(field -> field.plan().hasVocabulary())
                .forEach(field -> previousRows.put(field.plan().table(), field.tableRows())));
    Optional<Dataset<Row>> old =
        previous
            .filter(encoder -> !previousRows.isEmpty())
            .map(encoder -> Vocabulary.read(training.sparkSession(), encoder.folder()));
    return Vocabulary.write(training, fieldsByTable, old, previousRows, folder);
  }

  private FittedField fit(FieldPlan field) {
    if (field.isBucketed()) {
      List<Double> edges = field.quantiles() > 0 ? quantiles(field) : field.edges();
      return new FittedField(field, FieldValues.FIRST_ID + edges.size() + 1, edges, 0, 1);
    }
    if (field.kind() != FieldKind.NUMERIC) {
      int rows = FieldValues.FIRST_ID + field.hashBuckets();
      return new FittedField(field, rows, List.of(), 0, 1);
    }
    double[] moments = field.normalise() ? moments(field) : new double[] {0, 1};
    return new FittedField(field, 1, List.of(), moments[0], moments[1]);
  }

  private double[] moments(FieldPlan field) {
    Dataset<Row> numbers = training.select(FieldValues.transformed(training, field).as("number"));
    Row row = numbers.agg(avg("number"), stddev_pop("number")).first();
    double mean = stable(row.getDouble(0));
    double deviation = stable(row.getDouble(1));
    return new double[] {mean, deviation > 0 ? deviation : 1};
  }

  private List<Double> quantiles(FieldPlan field) {
    progress.update("quantiles of " + field.name(), 0, 0);
    Dataset<Row> counts =
        training
            .select(FieldValues.transformed(training, field).as("number"))
            .where(col("number").isNotNull())
            .groupBy("number")
            .agg(count(lit(1)));
    List<Double> edges = RankedRows.quantileEdges(counts, field.quantiles());
    if (edges.isEmpty()) {
      throw new InputRejectedException(
          String.format(
              "Cannot find quantiles of field %s: its column has no numbers in the training part"
                  + " (%s), drop the field",
              field.name(), field.column()));
    }
    return edges;
  }

  private static double stable(double value) {
    return new BigDecimal(value).round(STABLE_DIGITS).doubleValue();
  }
}
