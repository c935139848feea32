package io.taskweave.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.engine.LocalSpark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;

/** From samples in any order to blocks, without Spark between the two. */
class SamplePartsTest {
  private static final StructType TIMED =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("weight", DataTypes.FloatType)
          .add("time", DataTypes.LongType)
          .add("comment", DataTypes.StringType);
  private static final StructType UNTIMED =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("weight", DataTypes.FloatType)
          .add("comment", DataTypes.StringType);

  private static final int EVENTS = 5;

  private record Sample(String user, long id, long time) {
    /** Of many lengths. */
    UTF8String comment() {
      return UTF8String.fromString("x".repeat((int) (id % 40)));
    }

    InternalRow row(boolean timed) {
      return timed
          ? new GenericInternalRow(
              new Object[] {id, 1f, time, comment(), UTF8String.fromString(user)})
          : new GenericInternalRow(new Object[] {id, 1f, comment(), UTF8String.fromString(user)});
    }
  }

  @Provide
  Arbitrary<List<Sample>> samples() {
    return Combinators.combine(Arbitraries.of("a", "b", "c"), Arbitraries.longs().between(0, 9))
        .as((user, time) -> new Sample(user, 0, time))
        .list()
        .ofMaxSize(150)
        .map(
            drawn ->
                IntStream.range(0, drawn.size())
                    .mapToObj(i -> new Sample(drawn.get(i).user(), i, drawn.get(i).time()))
                    .toList());
  }

  @Property
  void samplesOfAUserAreReadOnceByTimeAndIdHoweverTasksShareThem(
      @ForAll("samples") List<Sample> samples,
      @ForAll boolean timed,
      @ForAll @IntRange(min = 1, max = 4) int tasks,
      @ForAll @IntRange(min = 1, max = 2000) int heldBytes,
      @ForAll @IntRange(min = 1, max = 40) int size,
      @ForAll long seed) {
    SampleLayout layout = layout(timed);
    SampleParts.Format format = new SampleParts.Format(timed ? 4 : 3, timed ? 2 : -1, -1);
    List<InternalRow> lined = lined(samples, timed, format, tasks, heldBytes, seed);
    SampleRows rows =
        SampleRows.of(
            layout, LocalSpark.session().createDataFrame(List.of(), schemaOfSamples(timed)));
    List<Sample> read = new ArrayList<>();
    Iterator<SampleSource.Block> blocks = new BlockReader(rows, format, size, lined.iterator());
    while (blocks.hasNext()) {
      SampleSource.Block block = blocks.next();
      assertThat(block.samples().rows()).isBetween(1, size);
      for (int row = 0; row < block.samples().rows(); row++) {
        Sample sample = samples.get((int) block.samples().sampleIds()[row]);
        assertThat(block.rows().get(row).getUTF8String(timed ? 3 : 2)).isEqualTo(sample.comment());
        int seen = timed ? (int) (sample.time() + 1) / 2 : EVENTS;
        assertThat(
                Arrays.copyOfRange(
                    block.samples().history(0).ids(0),
                    block.samples().historyStarts(0)[row],
                    block.samples().historyEnds(0)[row]))
            .isEqualTo(Arrays.copyOf(eventsOf(sample.user()), seen));
        read.add(sample);
      }
    }
    List<Sample> expected = new ArrayList<>(samples);
    expected.sort(
        Comparator.comparing(Sample::user)
            .thenComparingLong(sample -> timed ? sample.time() : 0)
            .thenComparingLong(Sample::id));
    assertThat(read).isEqualTo(expected);
  }

  private static SampleLayout layout(boolean timed) {
    return new SampleLayout(
        List.of(),
        List.of(),
        List.of(
            new Sequence(
                "clicks",
                List.of(new SequenceAttribute("kind", "kind", 30, null)),
                20,
                timed ? SequenceOrder.TIME : SequenceOrder.POSITION,
                0)));
  }

  /** At 0, 2, 4 and so on. */
  private static int[] eventsOf(String user) {
    return IntStream.range(0, EVENTS).map(event -> 10 * (user.charAt(0) - 'a') + event).toArray();
  }

  private static StructType schemaOfSamples(boolean timed) {
    StructType schema = new StructType().add("sample_id", DataTypes.LongType);
    return timed ? schema.add("time", DataTypes.LongType) : schema;
  }

  private static List<InternalRow> lined(
      List<Sample> samples,
      boolean timed,
      SampleParts.Format format,
      int tasks,
      int heldBytes,
      long seed) {
    Random random = new Random(seed);
    List<List<InternalRow>> ofTasks = new ArrayList<>();
    IntStream.range(0, tasks).forEach(task -> ofTasks.add(new ArrayList<>()));
    samples.forEach(sample -> ofTasks.get(random.nextInt(tasks)).add(sample.row(timed)));
    List<InternalRow> lined = new ArrayList<>();
    for (List<InternalRow> ofTask : ofTasks) {
      new SampleParts(ofTask.iterator(), timed ? TIMED : UNTIMED, format, heldBytes)
          .forEachRemaining(
              part ->
                  lined.add(
                      new GenericInternalRow(
                          new Object[] {
                            0L,
                            part.getUTF8String(0),
                            1,
                            part.getLong(2),
                            part.getBinary(3),
                            null,
                            null
                          })));
    }
    for (String user : List.of("a", "b", "c")) {
      lined.add(
          new GenericInternalRow(
              new Object[] {
                0L,
                UTF8String.fromString(user),
                0,
                0L,
                null,
                timed
                    ? UnsafeArrayData.fromPrimitiveArray(
                        LongStream.range(0, EVENTS).map(event -> 2 * event).toArray())
                    : null,
                UnsafeArrayData.fromPrimitiveArray(eventsOf(user))
              }));
    }
    Collections.shuffle(lined, random);
    // As SampleSource sorts them.
    lined.sort(
        Comparator.<InternalRow, UTF8String>comparing(row -> row.getUTF8String(1))
            .thenComparingInt(row -> row.getInt(2))
            .thenComparingLong(row -> row.getLong(3)));
    return lined;
  }

  @Test
  void aSampleWithoutAUserIsRefused() {
    InternalRow row =
        new GenericInternalRow(new Object[] {1L, 1f, 5L, UTF8String.EMPTY_UTF8, null});
    SampleParts parts =
        new SampleParts(List.of(row).iterator(), TIMED, new SampleParts.Format(4, 2, -1), 100);
    assertThatThrownBy(parts::next)
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("one has no user, and histories belong to users (null)");
  }
}
