package io.taskweave.pipeline.history;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import io.taskweave.pipeline.importing.TableReader;
import io.taskweave.pipeline.validate.LogValidation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Publishes each user's events once, in their order, as rows of {@link EventColumns} by day (UTC):
 * a new day leaves the others alone, and no user's events need to lie in one task. Days of a user
 * with very many events are cut by hour.
 */
public final class HistoryStage implements Stage {
  private final HistoryPlan plan;
  private final Path log;
  private final Optional<Path> validation;
  private final Path samples;
  private final Path output;

  /**
   * @param log published data set of the log
   * @param validation published findings about the log; rows that they set apart are left out
   * @param samples published samples, whose vocabularies and streams the history has
   */
  public HistoryStage(
      HistoryPlan plan, Path log, Optional<Path> validation, Path samples, Path output) {
    this.plan = plan;
    this.log = log;
    this.validation = validation;
    this.samples = samples;
    this.output = output;
  }

  @Override
  public String name() {
    return "history";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    List<Path> inputs = new ArrayList<>(List.of(samples, log));
    validation.ifPresent(inputs::add);
    for (SequencePlan sequence : plan.sequences()) {
      for (SourcePlan source : sequence.sources()) {
        source
            .table()
            .ifPresent(
                table ->
                    inputs.addAll(
                        TableReader.resolve(table.path(), DataSet.activeConfiguration())));
      }
    }
    return inputs;
  }

  @Override
  public SortedMap<String, String> settings() {
    TreeMap<String, String> settings = new TreeMap<>();
    plan.sequences()
        .forEach(sequence -> settings.put("sequence " + sequence.name(), sequence.toString()));
    settings.put("days", plan.days().toString());
    return settings;
  }

  /**
   * @throws InputRejectedException if a column is missing, an event has no user, order or required
   *     attribute, or a time that cannot be one
   */
  @Override
  public StageResult run(StageContext context) {
    SparkSession spark = context.spark();
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    context.progress().update("history", 0, 0);
    Dataset<Row> rows =
        new HistoryRows(plan, FeatureEncoder.open(samples))
            .of(
                source -> sourceRows(spark, source, log, validation),
                FeatureStage.samples(spark, samples),
                summary.putObject("sources"));
    EventCounts counts = new EventCounts(rows.schema());
    StageResult written =
        context.writeRows(
            rows,
            summary,
            Set.copyOf(plan.days()),
            // Times and ids hardly repeat within the dictionary of a file.
            Map.of(ParquetOutputFormat.ENABLE_DICTIONARY, "false"),
            counts);
    ObjectNode described = summary.putObject("sequences");
    for (SequencePlan sequence : plan.sequences()) {
      described.putObject(sequence.name()).put("events", counts.events(sequence));
    }
    return written;
  }

  /** The rows of a source: another table, or the log without what its validation set apart. */
  static Dataset<Row> sourceRows(
      SparkSession spark, SourcePlan source, Path log, Optional<Path> validation) {
    if (source.table().isPresent()) {
      return new TableReader(spark)
          .read(source.table().get().path(), source.table().get().format());
    }
    return validation.isPresent()
        ? LogValidation.validRows(spark, log, validation.get())
        : DataSet.open(log).rows(spark);
  }
}
