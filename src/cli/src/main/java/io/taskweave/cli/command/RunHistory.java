package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.history.HistoryPlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import io.taskweave.pipeline.history.HistoryPlan.Table;
import io.taskweave.pipeline.history.HistoryRows;
import io.taskweave.pipeline.importing.EpochTimes;
import io.taskweave.pipeline.importing.TableReader;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegralType;

/**
 * What the samples of a run see of their users' past.
 *
 * @param plan of the run; where logs are brought, with their paths
 * @param published the data set that was published beside the run's samples; empty where logs are
 *     brought in its place, encoded as the run's samples were
 * @param log takes the place of the run's own log, where one is brought
 */
record RunHistory(HistoryPlan plan, Optional<Path> published, Optional<TableFile> log) {
  /** The published histories; empty for a run whose samples see none. */
  static Optional<RunHistory> published(PipelineConfiguration configuration, Path dataSet) {
    return configuration
        .history()
        .plan()
        .map(plan -> new RunHistory(plan, Optional.of(dataSet), Optional.empty()));
  }

  /**
   * Histories out of other logs, for samples of another day.
   *
   * @param logs each a path, or a path after the kind of the source and {@code =}. Without a kind
   *     it takes the place of the run's own log
   * @param format of the one without a kind
   * @throws ConfigurationException if the samples of the run see none, or the run's own log is a
   *     source and none takes its place
   */
  static RunHistory brought(
      PipelineConfiguration configuration, List<String> logs, TableFile.Format format) {
    HistoryPlan plan =
        configuration
            .history()
            .plan()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Cannot use a history: the run's samples see none (history.sequences is"
                            + " missing), leave --history out"));
    Optional<TableFile> own = Optional.empty();
    HistoryPlan changed = plan;
    for (String log : logs) {
      Optional<String> kind =
          kinds(plan, false).stream().filter(each -> log.startsWith(each + "=")).findFirst();
      if (kind.isPresent()) {
        changed = withTable(changed, kind.get(), log.substring(kind.get().length() + 1));
      } else if (own.isEmpty() && !kinds(plan, true).isEmpty()) {
        own = Optional.of(new TableFile(new Path(log), format));
      } else {
        throw new ConfigurationException(
            String.format(
                "Cannot use a history: no source is left for it (%s), write one of %s before it,"
                    + " such as KIND=%s",
                log, kinds(plan, false), log));
      }
    }
    if (own.isEmpty() && !kinds(plan, true).isEmpty()) {
      throw new ConfigurationException(
          String.format(
              "Cannot use a history: nothing takes the place of the run's own log (%s), add"
                  + " --history LOG",
              kinds(plan, true)));
    }
    return new RunHistory(changed, Optional.empty(), own);
  }

  /** Kinds of the sources that are the run's own log, or of those that are other logs. */
  private static Set<String> kinds(HistoryPlan plan, boolean ownLog) {
    return sources(plan)
        .filter(source -> source.table().isEmpty() == ownLog)
        .map(SourcePlan::kind)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Stream<SourcePlan> sources(HistoryPlan plan) {
    return plan.sequences().stream().flatMap(sequence -> sequence.sources().stream());
  }

  private static HistoryPlan withTable(HistoryPlan plan, String kind, String path) {
    return new HistoryPlan(
        plan.sequences().stream()
            .map(
                sequence ->
                    new SequencePlan(
                        sequence.name(),
                        sequence.order(),
                        sequence.delay(),
                        sequence.length(),
                        sequence.before(),
                        sequence.attributes(),
                        sequence.sources().stream()
                            .map(source -> source.kind().equals(kind) ? at(source, path) : source)
                            .toList()))
            .toList(),
        plan.days());
  }

  private static SourcePlan at(SourcePlan source, String path) {
    return new SourcePlan(
        source.kind(),
        source
            .table()
            .map(table -> new Table(path, table.format(), table.timeColumn(), table.timeUnit())),
        source.userColumn(),
        source.only(),
        source.tieColumn(),
        source.positionColumn());
  }

  /** What the rows are made of. */
  List<Path> inputs() {
    if (published.isPresent()) {
      return List.of(published.get());
    }
    return Stream.concat(
            log.map(TableFile::path).stream(),
            sources(plan)
                .flatMap(source -> source.table().stream())
                .flatMap(
                    table ->
                        TableReader.resolve(table.path(), DataSet.activeConfiguration()).stream()))
        .distinct()
        .toList();
  }

  /**
   * Refuses rows that do not say when they are: each would see nothing of the past.
   *
   * @throws InputRejectedException if the time is absent in a row, or no whole number of
   *     milliseconds
   */
  Dataset<Row> requireTimes(TableFile table, Dataset<Row> rows) {
    boolean present = Arrays.asList(rows.columns()).contains(SampleColumns.TIME);
    DataType type = present ? rows.schema().apply(SampleColumns.TIME).dataType() : null;
    boolean whole = type instanceof IntegralType;
    Column time = whole ? functions.col(SampleColumns.TIME) : functions.lit(null).cast("long");
    Row found =
        rows.agg(
                functions.count_if(time.isNull()),
                functions.count_if(EpochTimes.looksLikeSeconds(time)))
            .first();
    refuse(table, found.getLong(0), "no time");
    refuse(table, found.getLong(1), "a time that looks like seconds, not milliseconds");
    return rows;
  }

  private static void refuse(TableFile table, long rows, String problem) {
    if (rows > 0) {
      throw new InputRejectedException(
          String.format(
              "Cannot score %s: the run's samples see what users did before them, and %d rows have"
                  + " %s, give the table a column %s of milliseconds since 1970",
              table.path(), rows, problem, SampleColumns.TIME));
    }
  }

  /**
   * Rows of {@link io.taskweave.core.sample.EventColumns}.
   *
   * @param best folder with the run's encoder
   * @param samples that will see them
   */
  Dataset<Row> rows(SparkSession spark, Path best, Dataset<Row> samples) {
    if (published.isPresent()) {
      return DataSet.open(published.get()).rows(spark);
    }
    TableReader reader = new TableReader(spark);
    return new HistoryRows(plan, FeatureEncoder.open(best))
        .of(
            source ->
                source
                    .table()
                    .map(table -> reader.read(table.path(), table.format()))
                    .orElseGet(() -> log.orElseThrow().rows(reader, wholeNumbers())),
            samples,
            JsonNodeFactory.instance.objectNode());
  }

  /** Columns of the run's own log that order its events. */
  private Set<String> wholeNumbers() {
    Set<String> names = new TreeSet<>();
    for (SequencePlan sequence : plan.sequences()) {
      for (SourcePlan source : sequence.sources()) {
        if (source.table().isEmpty()) {
          names.add(
              sequence.order() == SequenceOrder.TIME
                  ? SampleColumns.TIME
                  : source.positionColumn());
          names.add(source.tieColumn());
        }
      }
    }
    names.remove("");
    return names;
  }
}
