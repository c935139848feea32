package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventBuffer;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.feature.EventEncoder;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;

/**
 * Proves on some samples that histories hold no later event: what each of them sees of the
 * published history is compared with what a search of the whole log finds before its time.
 */
public final class HistoryAudit implements Stage {
  public static final int DEFAULT_SAMPLES = 200;
  private static final int NAMED = 5;
  private static final String PICKED = "audit_sample";
  private static final String PICKED_USER = "audit_user";
  private static final String PICKED_TIME = "audit_time";

  private final HistoryPlan plan;
  private final int count;
  private final long seed;
  private final Path log;
  private final Optional<Path> validation;
  private final Path samples;
  private final Path history;
  private final Path output;

  /**
   * @param count samples to check
   * @param seed decides which
   */
  public HistoryAudit(
      HistoryPlan plan,
      int count,
      long seed,
      Path log,
      Optional<Path> validation,
      Path samples,
      Path history,
      Path output) {
    this.plan = plan;
    this.count = count;
    this.seed = seed;
    this.log = log;
    this.validation = validation;
    this.samples = samples;
    this.history = history;
    this.output = output;
  }

  @Override
  public String name() {
    return "history-audit";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of(log, samples, history);
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>(
        Map.of("plan", plan.toString(), "samples", Integer.toString(count), "seed", "" + seed));
  }

  @Override
  public void accept(Manifest published) {
    List<String> examples = new ArrayList<>();
    published.summary().path("examples").forEach(example -> examples.add(example.asText()));
    if (!examples.isEmpty()) {
      throw new InputRejectedException(
          String.format(
              "Cannot accept the histories: %d of %d samples see others than the log has before"
                  + " them (%s), run the history stage again with --force",
              published.summary().path("differing").asLong(),
              published.summary().path("checked").asLong(),
              String.join("; ", examples)));
    }
  }

  @Override
  public StageResult run(StageContext context) {
    SparkSession spark = context.spark();
    FeatureEncoder encoder = FeatureEncoder.open(samples);
    SampleLayout layout = HistoryLayout.of(encoder, plan);
    context.progress().update("history-audit", 0, plan.sequences().size());
    Dataset<Row> picked = picked(spark);
    List<Row> pickedRows = picked.collectAsList();
    Object[] users = pickedRows.stream().map(row -> row.getString(1)).distinct().toArray();
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    ArrayNode examples = JsonNodeFactory.instance.arrayNode();
    long checked = 0;
    long seen = 0;
    long differing = 0;
    for (int place = 0; place < plan.sequences().size(); place++) {
      Sequence sequence = layout.sequences().get(place);
      Map<Long, List<String>> expected =
          expected(spark, plan.sequences().get(place), encoder, picked, users);
      Map<Long, List<String>> actual = actual(spark, sequence, pickedRows, users);
      for (Row row : pickedRows) {
        long id = row.getLong(0);
        List<String> before = expected.getOrDefault(id, List.of());
        checked++;
        seen += before.size();
        if (!before.equals(actual.get(id))) {
          differing++;
          if (examples.size() < NAMED) {
            examples.add(
                String.format(
                    "sample %d sees %s of %s, the log has %s",
                    id, actual.get(id), sequence.name(), before));
          }
        }
      }
    }
    summary.put("checked", checked).put("events", seen).put("differing", differing);
    summary.set("examples", examples);
    return StageResult.ofSummary(summary);
  }

  /** Samples in the order of a hash of their ids; one of each id. */
  private Dataset<Row> picked(SparkSession spark) {
    return FeatureStage.samples(spark, samples)
        .select(
            col(SampleColumns.SAMPLE_ID).as(PICKED),
            col(SampleColumns.USER).as(PICKED_USER),
            col(SampleColumns.TIME).as(PICKED_TIME))
        .orderBy(xxhash64(lit(seed), col(PICKED)), col(PICKED))
        .limit(count)
        .dropDuplicates(PICKED);
  }

  /** By sample, the last events before it in their order, as text. */
  private Map<Long, List<String>> expected(
      SparkSession spark,
      SequencePlan sequence,
      FeatureEncoder encoder,
      Dataset<Row> picked,
      Object[] users) {
    Dataset<Row> events = null;
    for (SourcePlan source : sequence.sources()) {
      EventSource reader = new EventSource(sequence, source);
      Dataset<Row> ofUsers =
          reader
              .events(HistoryStage.sourceRows(spark, source, log, validation))
              .where(reader.user().isin(users));
      Dataset<Row> encoded = reader.encoded(ofUsers, new EventEncoder(encoder));
      events = events == null ? encoded : events.unionByName(encoded);
    }
    Column before =
        sequence.order() == SequenceOrder.TIME
            ? col(EventSource.ORDER).lt(col(PICKED_TIME).minus(lit(sequence.delay().toMillis())))
            : lit(true);
    Column fromLast =
        row_number()
            .over(
                Window.partitionBy(PICKED)
                    .orderBy(
                        col(EventSource.ORDER).desc(),
                        col(EventSource.TIE).desc(),
                        col(EventSource.ID).desc(),
                        col(EventSource.IDS).desc()));
    boolean timed = sequence.order() == SequenceOrder.TIME;
    return events
        .join(broadcast(picked), col(EventSource.USER).equalTo(col(PICKED_USER)).and(before))
        .dropDuplicates(PICKED, EventSource.ORDER, EventSource.TIE, EventSource.ID, EventSource.IDS)
        .withColumn("from_last", fromLast)
        .where(col("from_last").leq(sequence.length()))
        .select(col(PICKED), col("from_last"), col(EventSource.ORDER), col(EventSource.IDS))
        .orderBy(col(PICKED), col("from_last").desc())
        .collectAsList()
        .stream()
        .collect(
            Collectors.groupingBy(
                row -> row.getLong(0),
                Collectors.mapping(
                    row -> text(timed ? row.getLong(2) : 0, row.getList(3)), Collectors.toList())));
  }

  /** By sample, what it sees of the published history. */
  private Map<Long, List<String>> actual(
      SparkSession spark, Sequence sequence, List<Row> picked, Object[] users) {
    Map<String, List<Row>> byUser =
        DataSet.open(history)
            .rows(spark)
            .where(col(EventColumns.SEQUENCE).equalTo(lit(sequence.name())))
            .where(col(EventColumns.USER).isin(users))
            .select(EventColumns.USER, EventColumns.CHUNK, EventColumns.TIMES, EventColumns.IDS)
            .orderBy(EventColumns.CHUNK)
            .collectAsList()
            .stream()
            .collect(Collectors.groupingBy(row -> row.getString(0)));
    Map<Long, List<String>> seen = new TreeMap<>();
    EventBuffer events = new EventBuffer(sequence);
    for (Row sample : picked) {
      events.clear();
      for (Row row : byUser.getOrDefault(sample.getString(1), List.of())) {
        long[] times =
            row.isNullAt(2)
                ? null
                : row.<Long>getList(2).stream().mapToLong(Long::longValue).toArray();
        int[] ids = row.<Integer>getList(3).stream().mapToInt(Integer::intValue).toArray();
        events.add(0, times, ids);
      }
      int end = events.endFor(0, sample.getLong(2));
      List<String> list = new ArrayList<>();
      for (int event = events.startFor(0, end); event < end; event++) {
        Integer[] ofEvent = new Integer[sequence.attributes().size()];
        for (int attribute = 0; attribute < ofEvent.length; attribute++) {
          ofEvent[attribute] = events.id(attribute, event);
        }
        list.add(text(events.time(event), Arrays.asList(ofEvent)));
      }
      seen.put(sample.getLong(0), list);
    }
    return seen;
  }

  private static String text(long time, List<Integer> ids) {
    return ids + "@" + time;
  }
}
