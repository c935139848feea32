package io.taskweave.core.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RenumberedBatchTest {
  private static final Field ITEM = Field.categorical("item", 50);
  private static final Field TAGS =
      new Field("tags", FieldKind.MULTI_VALUED, "tags", 9, Pooling.SUM);
  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(ITEM, TAGS, Field.numeric("age")),
          List.of("click", "like"),
          List.of(
              new Sequence(
                  "clicks",
                  List.of(SequenceAttribute.like("item", ITEM)),
                  3,
                  SequenceOrder.TIME,
                  0)));

  private static final IdNumbers HUNDREDS =
      new IdNumbers() {
        @Override
        public int ofField(int field, int id) {
          return 100 * (field + 1) + id;
        }

        @Override
        public int ofAttribute(int sequence, int attribute, int id) {
          return 900 + id;
        }
      };

  private static SampleBlock block() {
    SampleBlockBuilder builder = new SampleBlockBuilder(LAYOUT);
    builder.events(
        0, new HistoryColumns(new int[][] {{1, 2, 3, 4, 5}}, new long[] {10, 20, 30, 40, 50}));
    for (int row = 0; row < 4; row++) {
      builder.addRow(70 + row, row);
      builder.time(15 + 10 * row);
      builder.id(0, 10 + row);
      for (int tag = 0; tag < row; tag++) {
        builder.value(1, tag + 2 * row);
      }
      builder.number(2, row / 2f);
      builder.label(0, (byte) (row % 2));
      builder.userHistory(0, 0, 5);
    }
    return builder.build();
  }

  @Test
  void rowsComeInTheBatchesOrderWithOtherIdsAndNothingElseChanged() {
    SampleBatch batch = new SampleBatch(block(), 3);
    batch.add(3);
    batch.add(0);
    batch.add(2);
    SampleBatch renumbered = RenumberedBatch.of(batch, HUNDREDS);
    SampleBlock rows = renumbered.block();
    assertThat(renumbered.count()).isEqualTo(3);
    assertThat(renumbered.rows()).startsWith(0, 1, 2);
    assertThat(rows.sampleIds()).containsExactly(73, 70, 72);
    assertThat(rows.weights()).containsExactly(3, 0, 2);
    assertThat(rows.ids(0)).containsExactly(113, 110, 112);
    assertThat(rows.starts(1)).containsExactly(0, 3, 3, 5);
    assertThat(rows.ids(1)).containsExactly(206, 207, 208, 204, 205);
    assertThat(rows.numbers(2)).containsExactly(1.5f, 0, 1);
    assertThat(rows.labels(0)).containsExactly(1, 0, 0);
    assertThat(rows.labels(1)).containsOnly(SampleBlock.MISSING);
    assertThat(rows.times()).containsExactly(45, 15, 35);
    assertThat(rows.historyStarts(0)).containsExactly(0, 3, 4);
    assertThat(rows.historyEnds(0)).containsExactly(3, 4, 7);
    assertThat(rows.history(0).ids(0)).containsExactly(902, 903, 904, 901, 901, 902, 903);
    assertThat(rows.history(0).times()).containsExactly(20, 30, 40, 10, 10, 20, 30);
  }
}
