package io.taskweave.core.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleBlockFileTest {
  private static final Field ITEM = Field.categorical("item", 1 << 20);
  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(
              ITEM,
              new Field("tags", FieldKind.MULTI_VALUED, "tags", 1 << 20, Pooling.MEAN),
              Field.numeric("age")),
          List.of("click", "like"),
          List.of(
              new Sequence(
                  "old",
                  List.of(SequenceAttribute.like("item", ITEM)),
                  3,
                  SequenceOrder.POSITION,
                  0),
              new Sequence(
                  "recent",
                  List.of(
                      SequenceAttribute.like("item", ITEM),
                      new SequenceAttribute("kind", "kind", 7, null)),
                  3,
                  SequenceOrder.TIME,
                  1)));

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("blocks");
  }

  private static SampleBlock block(int rows, int firstId) {
    SampleBlockBuilder builder = new SampleBlockBuilder(LAYOUT, rows);
    int events = rows + 3;
    int[] ids = new int[events];
    long[] times = new long[events];
    for (int event = 0; event < events; event++) {
      ids[event] = firstId + 7 * event;
      times[event] = 1_700_000_000_000L + event;
    }
    builder.events(0, new HistoryColumns(new int[][] {ids}, null));
    builder.events(1, new HistoryColumns(new int[][] {ids, ids}, times));
    for (int row = 0; row < rows; row++) {
      builder.addRow(((long) firstId << 32) + row, row * 0.5f);
      builder.id(0, firstId + row);
      for (int value = 0; value < row % 4; value++) {
        builder.value(1, row + value);
      }
      builder.number(2, -row);
      builder.label(row % 2, (byte) (row % 3 == 0 ? 1 : 0));
      builder.time(1_600_000_000_000L + row);
      builder.seenEvents(0, row, row + 3);
      builder.seenEvents(1, row, row + 1);
    }
    return builder.build();
  }

  private void write(SampleBlock block, int... numbers) throws IOException {
    try (SampleBlockWriter writer = new SampleBlockWriter(file)) {
      writer.write(block, numbers);
    }
  }

  private static void assertSame(SampleBlock read, SampleBlock written) {
    assertThat(read).usingRecursiveComparison().withStrictTypeChecking().isEqualTo(written);
  }

  @Test
  void blocksOfAnySizeComeBackAsTheyWere() throws IOException {
    // The last one has columns longer than the buffer.
    int[] sizes = {1, 0, 2, 1001, 70_000};
    for (int size : sizes) {
      write(block(size, 5 + size), size, -1);
    }
    try (SampleBlockReader reader = new SampleBlockReader(file, LAYOUT)) {
      for (int size : sizes) {
        assertThat(reader.hasNext()).isTrue();
        SampleBlockReader.Entry entry = reader.next();
        assertThat(entry.numbers()).containsExactly(size, -1);
        assertSame(entry.block(), block(size, 5 + size));
      }
      assertThat(reader.hasNext()).isFalse();
      assertThat(reader.size()).isEqualTo(Files.size(file));
    }
  }

  private void readAll() throws IOException {
    try (SampleBlockReader reader = new SampleBlockReader(file, LAYOUT)) {
      while (reader.hasNext()) {
        reader.next();
      }
    }
  }

  private static int position(Throwable failure) {
    return Integer.parseInt(failure.getMessage().replaceAll(".* at byte (-?\\d+) of .*", "$1"));
  }

  @Test
  void aFileThatEndsWithinABlockIsRefusedWhereverThatIs() throws IOException {
    write(block(5, 1), 1);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 1; length < whole.length; length++) {
      int bytes = length;
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(this::readAll)
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(file + " is broken at byte ")
          .hasMessageContaining(" of " + length + ": ")
          .satisfies(failure -> assertThat(position(failure)).isBetween(0, bytes));
    }
  }

  @Test
  void aChangedByteIsFoundWhereverItIs() throws IOException {
    write(block(5, 1), 1);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      byte[] changed = whole.clone();
      changed[at] ^= 0x40;
      Files.write(file, changed);
      assertThatThrownBy(this::readAll)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is broken at byte ");
    }
  }
}
