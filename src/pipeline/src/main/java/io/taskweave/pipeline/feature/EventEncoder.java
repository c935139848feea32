package io.taskweave.pipeline.feature;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SequenceAttribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Gives events the ids that samples have: the item of a history is the item of a sample. */
public final class EventEncoder {
  private final FeatureEncoder encoder;

  /**
   * @param encoder of the samples
   */
  public EventEncoder(FeatureEncoder encoder) {
    this.encoder = encoder;
  }

  /**
   * A column of events that means what a field of the samples means.
   *
   * @param name of the attribute
   */
  public record Attribute(String name, String column, String field) {
    /** The column of {@link #encode} with its ids. */
    public String encoded() {
      return SampleColumns.feature(name);
    }
  }

  /**
   * How a model reads an attribute.
   *
   * @throws ConfigurationException if there is no such categorical field
   */
  public SequenceAttribute described(Attribute attribute) {
    return SequenceAttribute.like(attribute.name(), field(attribute).field());
  }

  /**
   * The values of a table by their ids, from 2 on; empty for a table without a vocabulary.
   *
   * @return columns {@code id}, {@code token}
   */
  public Dataset<Row> tokens(SparkSession spark, String table) {
    return Vocabulary.ofTable(Vocabulary.read(spark, encoder.folder()), table)
        .select(Vocabulary.ID, Vocabulary.TOKEN);
  }

  /** Bucket ids, from 2, of a number; 0 where it is null. */
  public static Column bucket(Column number, List<Double> edges) {
    return FieldValues.bucket(number.cast("double"), edges);
  }

  /** The stream that the samples of a user lie in. */
  public Column stream(Column user) {
    return RowEncoding.stream(user, encoder.streams());
  }

  /**
   * User, {@code carried}, and the ids of each attribute.
   *
   * @param carried whatever else is needed of an event
   * @param name of the carried column
   */
  public Dataset<Row> encode(
      Dataset<Row> events,
      String userColumn,
      List<Attribute> attributes,
      Column carried,
      String name) {
    EncoderDescription description = encoder.description();
    List<FittedField> fields = new ArrayList<>();
    List<Column> columns = new ArrayList<>();
    columns.add(LogColumns.quoted(SampleColumns.USER));
    columns.add(LogColumns.quoted(SampleColumns.SPLIT).as(name));
    for (Attribute attribute : attributes) {
      FittedField fitted = field(attribute);
      fields.add(
          new FittedField(
              fitted.plan().withColumn(attribute.name(), attribute.column()),
              fitted.tableRows(),
              fitted.edges(),
              fitted.mean(),
              fitted.deviation()));
      columns.add(LogColumns.quoted(attribute.encoded()));
    }
    EncoderDescription ofEvents =
        new EncoderDescription(
            description.formatVersion(),
            description.vocabularyVersion(),
            userColumn,
            userColumn,
            "",
            description.streams(),
            description.broadcastLimit(),
            List.of(),
            fields);
    return new FeatureEncoder(ofEvents, encoder.folder())
        .encoding(events.sparkSession())
        .encode(events, Optional.of(carried))
        .select(columns.toArray(Column[]::new));
  }

  private FittedField field(Attribute attribute) {
    return encoder.description().fields().stream()
        .filter(field -> field.plan().name().equals(attribute.field()))
        .filter(field -> field.plan().kind() == FieldKind.CATEGORICAL)
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    String.format(
                        "Cannot encode events: attribute %s has the ids of a field that the samples"
                            + " do not have as a categorical one (%s), choose one of %s",
                        attribute.name(),
                        attribute.field(),
                        encoder.description().fields().stream()
                            .filter(field -> field.plan().kind() == FieldKind.CATEGORICAL)
                            .map(field -> field.plan().name())
                            .toList())));
  }
}
