package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.history.HistoryPlan;
import io.taskweave.pipeline.history.HistoryRows;
import io.taskweave.pipeline.importing.TableReader;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * What the samples of a run see of their users' past.
 *
 * @param plan of the run
 * @param published the data set that was published beside the run's samples
 * @param brought a log that takes its place, encoded as the run's samples were
 */
record RunHistory(HistoryPlan plan, Path published, Optional<TableFile> brought) {
  /** The published histories; empty for a run whose samples see none. */
  static Optional<RunHistory> published(PipelineConfiguration configuration, Path dataSet) {
    return configuration
        .history()
        .plan()
        .map(plan -> new RunHistory(plan, dataSet, Optional.empty()));
  }

  /**
   * Histories out of another log, for samples of another day.
   *
   * @throws ConfigurationException if the samples of the run see none
   */
  static Optional<RunHistory> brought(
      PipelineConfiguration configuration, Path dataSet, TableFile log) {
    HistoryPlan plan =
        configuration
            .history()
            .plan()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Cannot use a history: the run's samples see none (history.sequences is"
                            + " missing), leave --history out"));
    return Optional.of(new RunHistory(plan, dataSet, Optional.of(log)));
  }

  /** What the rows are made of. */
  Path path() {
    return brought.map(TableFile::path).orElse(published);
  }

  /**
   * Rows of {@link io.taskweave.core.sample.EventColumns}.
   *
   * @param best folder with the run's encoder
   * @param samples that will see them
   */
  Dataset<Row> rows(SparkSession spark, Path best, Dataset<Row> samples) {
    if (brought.isEmpty()) {
      return DataSet.open(published).rows(spark);
    }
    Row times =
        samples.agg(functions.min(SampleColumns.TIME), functions.max(SampleColumns.TIME)).first();
    TableReader reader = new TableReader(spark);
    return new HistoryRows(plan, FeatureEncoder.open(best))
        .of(
            source ->
                source
                    .table()
                    .map(table -> reader.read(table.path(), table.format()))
                    .orElseGet(() -> brought.get().rows(reader)),
            times.isNullAt(0) ? Long.MAX_VALUE : times.getLong(0),
            times.isNullAt(1) ? Long.MIN_VALUE : times.getLong(1),
            JsonNodeFactory.instance.objectNode());
  }
}
