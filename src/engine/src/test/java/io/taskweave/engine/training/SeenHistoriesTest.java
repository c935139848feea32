package io.taskweave.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.cluster.SampleSize;
import io.taskweave.engine.sample.SampleRows;
import io.taskweave.engine.sample.SampleSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What samples see of their users' histories, however they are read. */
class SeenHistoriesTest {
  private static final int STREAMS = 4;
  private static final int USERS = 13;
  private static final int LENGTH = 3;
  private static final long DELAY = 2;

  private static final Field ITEM = Field.categorical("item", 1000);
  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(ITEM),
          List.of("click"),
          List.of(
              new Sequence(
                  "old",
                  List.of(SequenceAttribute.like("item", ITEM)),
                  LENGTH,
                  SequenceOrder.POSITION,
                  0),
              new Sequence(
                  "recent",
                  List.of(
                      SequenceAttribute.like("item", ITEM),
                      new SequenceAttribute("kind", "kind", 7, null)),
                  LENGTH,
                  SequenceOrder.TIME,
                  DELAY)));

  /** One event: ids are functions of its time, so that a block can be checked by itself. */
  private record Event(int user, long time) {
    int item() {
      return (int) ((100L * user + time % 97) % 1000);
    }

    int kind() {
      return (int) (time % 7);
    }
  }

  private static final List<Event> EVENTS = new ArrayList<>();
  private static final Map<Long, Event> SAMPLES = new TreeMap<>();

  static {
    for (int i = 0; i < 300; i++) {
      // User 0 has a third of everything, user 12 nothing.
      int user = i % 3 == 0 ? 0 : (int) (12 * CounterRandom.uniform(1, i));
      EVENTS.add(new Event(user, 1 + (long) (150 * CounterRandom.uniform(2, i))));
      int other = i % 3 == 0 ? 0 : (int) (USERS * CounterRandom.uniform(3, i));
      SAMPLES.put((long) i, new Event(other, (long) (160 * CounterRandom.uniform(4, i))));
    }
    EVENTS.sort((a, b) -> Long.compare(a.time(), b.time()));
  }

  private static Dataset<Row> samples() {
    StructType schema =
        new StructType()
            .add("sample_id", DataTypes.LongType)
            .add("user", DataTypes.StringType)
            .add("time", DataTypes.LongType)
            .add("stream", DataTypes.IntegerType)
            .add("weight", DataTypes.FloatType)
            .add("feature_item", DataTypes.IntegerType)
            .add("label_click", DataTypes.ByteType);
    List<Row> rows = new ArrayList<>();
    SAMPLES.forEach(
        (id, event) ->
            rows.add(
                RowFactory.create(
                    id,
                    "u" + event.user(),
                    event.time(),
                    event.user() % STREAMS,
                    1f,
                    event.item(),
                    (byte) (id % 2))));
    Collections.reverse(rows);
    return LocalSpark.session().createDataFrame(rows, schema).repartition(3);
  }

  /** Rows of at most four events, in no order. */
  private static Dataset<Row> histories() {
    StructType schema =
        new StructType()
            .add("sequence", DataTypes.StringType)
            .add("user", DataTypes.StringType)
            .add("stream", DataTypes.IntegerType)
            .add("chunk", DataTypes.LongType)
            .add("times", DataTypes.createArrayType(DataTypes.LongType))
            .add("ids", DataTypes.createArrayType(DataTypes.IntegerType))
            .add("dt", DataTypes.StringType);
    List<Row> rows = new ArrayList<>();
    for (int user = 0; user < USERS; user++) {
      List<Event> own = ofUser(user);
      for (int from = 0, to; from < own.size(); from = to) {
        to = Math.min(own.size(), from + 4);
        // The events of one time stay together, as the history stage writes them.
        while (to < own.size() && own.get(to).time() == own.get(to - 1).time()) {
          to++;
        }
        List<Event> part = own.subList(from, to);
        List<Integer> items = part.stream().map(Event::item).toList();
        List<Integer> both = new ArrayList<>(items);
        part.forEach(event -> both.add(event.kind()));
        List<Long> times = part.stream().map(Event::time).toList();
        int stream = user % STREAMS;
        rows.add(
            RowFactory.create(
                "recent", "u" + user, stream, times.get(0), times.toArray(), both.toArray(), "a"));
        rows.add(
            RowFactory.create("old", "u" + user, stream, (long) from, null, items.toArray(), "a"));
      }
    }
    Collections.shuffle(rows, new java.util.Random(3));
    return LocalSpark.session().createDataFrame(rows, schema).repartition(2);
  }

  private static List<Event> ofUser(int user) {
    return EVENTS.stream().filter(event -> event.user() == user).toList();
  }

  private static List<Integer> expected(Event sample) {
    List<Integer> items =
        ofUser(sample.user()).stream()
            .filter(event -> event.time() < sample.time() - DELAY)
            .map(Event::item)
            .toList();
    return items.subList(Math.max(0, items.size() - LENGTH), items.size());
  }

  private static long check(SampleBlock block) {
    for (int row = 0; row < block.rows(); row++) {
      Event sample = SAMPLES.get(block.sampleIds()[row]);
      assertThat(block.times()[row]).isEqualTo(sample.time());
      assertThat(block.ids(0)[row]).isEqualTo(sample.item());
      assertThat(seen(block, row, 1)).isEqualTo(expected(sample));
      List<Integer> all = ofUser(sample.user()).stream().map(Event::item).toList();
      assertThat(seen(block, row, 0))
          .isEqualTo(all.subList(Math.max(0, all.size() - LENGTH), all.size()));
      for (int event = block.historyStarts(1)[row]; event < block.historyEnds(1)[row]; event++) {
        assertThat(block.history(1).ids(1)[event])
            .isEqualTo((int) (block.history(1).times()[event] % 7));
      }
    }
    return block.rows();
  }

  private static List<Integer> seen(SampleBlock block, int row, int sequence) {
    List<Integer> items = new ArrayList<>();
    int end = block.historyEnds(sequence)[row];
    for (int event = block.historyStarts(sequence)[row]; event < end; event++) {
      items.add(block.history(sequence).ids(0)[event]);
    }
    return items;
  }

  private static Iterator<InternalRow> internal(Dataset<Row> rows) {
    return SampleSource.internal(rows).map(InternalRow::copy).collect().iterator();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 4096})
  void aSampleSeesTheLastEventsStrictlyBeforeItsTimeMinusTheDelay(int size) {
    SampleRows rows = SampleRows.of(LAYOUT, samples());
    SampleSource source = SampleSource.of(rows, "user");
    long read = 0;
    Dataset<Row> lined = source.lined(samples(), Optional.of(histories()), "user").coalesce(1);
    var blocks = source.blocks(internal(lined), size);
    while (blocks.hasNext()) {
      SampleSource.Block block = blocks.next();
      assertThat(block.samples().rows()).isBetween(1, size);
      assertThat(block.rows()).hasSize(block.samples().rows());
      assertThat(block.rows().get(0).getUTF8String(rows.width()).toString())
          .isEqualTo("u" + SAMPLES.get(block.samples().sampleIds()[0]).user());
      read += check(block.samples());
    }
    assertThat(read).isEqualTo(SAMPLES.size());
  }

  @Test
  void streamsHoldEachEventOnceAndThatOfTheirOwnUsersAlone() {
    TrainingPlan plan = plan();
    for (int partitions : new int[] {1, 2}) {
      List<StreamPartition> loaded =
          StreamLoader.load(samples(), Optional.of(histories()), plan, partitions).collect();
      long rows = 0;
      long events = 0;
      for (StreamPartition partition : loaded) {
        rows += check(partition.block());
        events += partition.block().history(1).events();
      }
      assertThat(rows).isEqualTo(SAMPLES.size());
      assertThat(events).isLessThanOrEqualTo(EVENTS.size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void chunksHoldEachUserInOneOfThem(int partitions) {
    int chunks = 3;
    JavaRDD<SampleChunks> streamed =
        StreamLoader.stream(
            samples(),
            Optional.of(histories()),
            plan(),
            partitions,
            chunks,
            SampleMemory.UNBOUNDED);
    long rows = 0;
    long events = 0;
    Map<Integer, Integer> chunkByUser = new TreeMap<>();
    for (SampleChunks samples : streamed.collect()) {
      for (int position = 0; position < chunks; position++) {
        SampleBlock block = samples.use(1, position).block();
        rows += check(block);
        events += block.history(1).events();
        for (long id : block.sampleIds()) {
          int user = SAMPLES.get(id).user();
          Integer other = chunkByUser.putIfAbsent(user, position);
          assertThat(other == null ? position : other).isEqualTo(position);
        }
      }
    }
    StreamLoader.release(streamed);
    assertThat(rows).isEqualTo(SAMPLES.size());
    assertThat(events).isLessThanOrEqualTo(EVENTS.size());
    assertThat(new TreeSet<>(chunkByUser.values())).hasSize(chunks);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 100, 400})
  void aSampleTakesTheSameBytesHoweverManyEventsItSees(int length) {
    SampleLayout layout =
        new SampleLayout(
            LAYOUT.fields(),
            LAYOUT.tasks(),
            LAYOUT.sequences().stream()
                .map(
                    sequence ->
                        new Sequence(
                            sequence.name(),
                            sequence.attributes(),
                            length,
                            sequence.order(),
                            sequence.delayMillis()))
                .toList());
    SampleSize size = SampleSize.of(layout, samples(), Optional.of(histories()));
    SampleBlock block =
        StreamLoader.load(samples(), Optional.of(histories()), plan(layout), 1).first().block();
    // Events that no sample sees are counted but not kept.
    assertThat(block.bytes()).isBetween(size.bytes() * 9 / 10, size.bytes());
    assertThat(size.bytesPerSample()).isBetween(60.0, 70.0);
  }

  @Test
  void historiesAreNeededWhereTheModelSeesThem() {
    assertThatThrownBy(() -> StreamLoader.load(samples(), Optional.empty(), plan(), 1))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("the model sees histories ([old, recent]) and there are none");
  }

  private static TrainingPlan plan() {
    return plan(LAYOUT);
  }

  private static TrainingPlan plan(SampleLayout layout) {
    return TinyTraining.builder(layout, TinyTraining.MODEL).streams(STREAMS).build();
  }
}
