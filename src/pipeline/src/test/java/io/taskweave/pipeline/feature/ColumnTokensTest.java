package io.taskweave.pipeline.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.parquet.column.Dictionary;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;

class ColumnTokensTest {
  private static final int NONE = -7;

  private final TokenTable table = new TokenTable();
  private final AtomicInteger lookedUp = new AtomicInteger();
  private final ColumnTokens tokens =
      new ColumnTokens(
          table,
          NONE,
          (row, place) -> {
            lookedUp.incrementAndGet();
            int entry = row.find(place, table);
            return entry == TokenTable.ABSENT ? 0 : (int) table.value(entry);
          });

  ColumnTokensTest() {
    List<String> known = List.of("a", "b", "c", "12", "-3");
    for (String token : known) {
      UTF8String text = UTF8String.fromString(token);
      table.set(table.findOrAdd(text, text.hashCode()), 1 + known.indexOf(token));
    }
  }

  @Test
  void aTokenOfADictionaryIsLookedUpOnceForAllItsBatches() {
    Dictionary dictionary = TokenBatches.dictionary(List.of("b", "unknown", "a", ""));
    assertThat(of(TokenBatches.coded(dictionary, 0, 1, 0, null, 2, 3), 6))
        .containsExactly(2, 0, 2, NONE, 1, NONE);
    assertThat(of(TokenBatches.coded(dictionary, 2, 0, 1), 3)).containsExactly(1, 2, 0);
    assertThat(lookedUp).hasValue(3);
  }

  @Test
  void anotherDictionaryGivesPlacesAnotherMeaning() {
    assertThat(of(TokenBatches.coded(TokenBatches.dictionary(List.of("a", "b")), 0, 1), 2))
        .containsExactly(1, 2);
    assertThat(of(TokenBatches.coded(TokenBatches.dictionary(List.of("c", "a")), 0, 1), 2))
        .containsExactly(3, 1);
  }

  @Test
  void tokensWithoutADictionaryAreLookedUpRowByRowWhateverTheirNumber() {
    String[] rows = new String[150];
    Integer[] expected = new Integer[rows.length];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = Arrays.asList("a", "b", null, "", "c", "other").get(row * 7 % 6);
      expected[row] = List.of(1, 2, NONE, NONE, 3, 0).get(row * 7 % 6);
    }
    assertThat(of(TokenBatches.plain(rows), rows.length)).containsExactly(expected);
  }

  @Test
  void integersAreTheTokensThatTheyAreWrittenAs() {
    OnHeapColumnVector integers = new OnHeapColumnVector(3, DataTypes.IntegerType);
    integers.putInts(0, 3, new int[] {12, 5, -3}, 0);
    OnHeapColumnVector longs = new OnHeapColumnVector(2, DataTypes.LongType);
    longs.putLong(0, -3);
    longs.putLong(1, 1L << 40);
    assertThat(of(integers, 3)).containsExactly(4, 0, 5);
    assertThat(of(longs, 2)).containsExactly(5, 0);
  }

  private Integer[] of(ColumnVector column, int rows) {
    return Arrays.stream(tokens.of(column, rows)).limit(rows).boxed().toArray(Integer[]::new);
  }
}
