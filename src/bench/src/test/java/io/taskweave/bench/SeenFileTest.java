package io.taskweave.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.HistoryColumns;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeenFileTest {
  private static final Field ITEM = Field.categorical("item", 1 << 20);

  /** Longer than what a group has room for at first. */
  private static final int LONGEST = 5000;

  /** More than what the first byte of a run's length holds. */
  private static final int MANY = 100;

  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(ITEM),
          List.of("click"),
          List.of(
              new Sequence(
                  "log",
                  List.of(SequenceAttribute.like("item", ITEM)),
                  LONGEST,
                  SequenceOrder.POSITION,
                  0)));

  @TempDir java.nio.file.Path folder;

  private record Seen(long sampleId, List<Integer> ids) {}

  private Path file() {
    return new Path(folder.resolve("seen.parquet").toUri());
  }

  private void write(int rowsOfGroup, List<Integer> lengths, int rowsOfBlock, List<Seen> written)
      throws IOException {
    try (SeenFile file = new SeenFile(file(), new Configuration(), rowsOfGroup)) {
      for (int from = 0; from < lengths.size(); from += rowsOfBlock) {
        int to = Math.min(lengths.size(), from + rowsOfBlock);
        file.add(block(from, lengths.subList(from, to), written));
      }
    }
  }

  /** Samples that see events here and there. */
  private static SampleBlock block(int first, List<Integer> lengths, List<Seen> written) {
    Random random = new Random(first);
    int[] events = IntStream.generate(random::nextInt).limit(2L * LONGEST).toArray();
    SampleBlockBuilder block = new SampleBlockBuilder(LAYOUT);
    block.events(0, new HistoryColumns(new int[][] {events}, null));
    for (int length : lengths) {
      long sampleId = random.nextLong();
      int start = random.nextInt(events.length - length);
      block.addRow(sampleId, 1);
      block.seenEvents(0, start, start + length);
      written.add(
          new Seen(
              sampleId, IntStream.range(start, start + length).mapToObj(i -> events[i]).toList()));
    }
    return block.build();
  }

  private List<Seen> read() throws IOException {
    List<Seen> rows = new ArrayList<>();
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), file()).build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        Group list = row.getGroup(SeenFile.SEEN, 0);
        rows.add(
            new Seen(
                row.getLong(SampleColumns.SAMPLE_ID, 0),
                IntStream.range(0, list.getFieldRepetitionCount("list"))
                    .mapToObj(i -> list.getGroup("list", i).getInteger("element", 0))
                    .toList()));
      }
    }
    return rows;
  }

  private List<Long> rowsOfGroups() throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(file(), new Configuration()))) {
      return reader.getRowGroups().stream().map(BlockMetaData::getRowCount).toList();
    }
  }

  @Test
  void readsBackWhatSamplesSee() throws IOException {
    Random random = new Random(7);
    List<Integer> lengths = new ArrayList<>();
    for (int row = 0; row < 2500; row++) {
      int few = Math.max(0, random.nextInt(6) - 2);
      lengths.add(row % 400 == 0 ? LONGEST : row % 50 == 0 ? MANY : few);
    }
    List<Seen> written = new ArrayList<>();
    write(1000, lengths, 300, written);
    assertThat(read()).isEqualTo(written);
    assertThat(rowsOfGroups()).containsExactly(1000L, 1000L, 500L);
  }

  @Test
  void samplesThatSeeNothingHaveEmptyLists() throws IOException {
    List<Seen> written = new ArrayList<>();
    write(2, List.of(0, 0, 0, 0), 4, written);
    assertThat(read()).isEqualTo(written).extracting(Seen::ids).containsOnly(List.of());
    assertThat(rowsOfGroups()).containsExactly(2L, 2L);
  }
}
