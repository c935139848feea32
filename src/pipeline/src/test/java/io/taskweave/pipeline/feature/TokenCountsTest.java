package io.taskweave.pipeline.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.parquet.column.Dictionary;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCountsTest {
  private static final List<RowTokenCounts.Source> SOURCES =
      List.of(
          new RowTokenCounts.Source(1, false),
          new RowTokenCounts.Source(0, true),
          new RowTokenCounts.Source(1, false),
          new RowTokenCounts.Source(2, true),
          new RowTokenCounts.Source(1, true));

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "3000, 0", "3000, 5000", "3000, 1000000"})
  void countsAddUpToThoseOfAPlainMapHoweverLittleIsHeld(int rows, long heldBytes) {
    Random random = new Random(7);
    Map<String, Long> expected = new HashMap<>();
    List<InternalRow> input = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      Object first = random.nextInt(4) == 0 ? null : token(random, 1, expected);
      Object last = token(random, 1, expected);
      Object list = list(random, 0, expected);
      Object ofAnother = random.nextInt(4) == 0 ? null : list(random, 2, expected);
      Object shared = list(random, 1, expected);
      input.add(new GenericInternalRow(new Object[] {first, list, last, ofAnother, shared}));
    }
    Map<String, Long> found = new HashMap<>();
    int handedOn = drain(new RowTokenCounts(input.iterator(), SOURCES, 3, heldBytes), found);
    assertThat(found).isEqualTo(expected);
    if (heldBytes == 1_000_000) {
      assertThat(handedOn).isEqualTo(expected.size());
    } else if (rows > 1) {
      assertThat(handedOn).isGreaterThan(expected.size());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 10_000, 1_000_000})
  void batchesCountAsTheirRowsDoHoweverLittleIsHeld(long heldBytes) {
    Random random = new Random(7);
    Map<String, Long> expected = new HashMap<>();
    List<ColumnarBatch> batches = new ArrayList<>();
    for (int group = 0; group < 6; group++) {
      List<String> tokens = new ArrayList<>(List.of("", "only in " + group));
      while (tokens.size() < 40) {
        tokens.add("t" + random.nextInt(100) + "-" + tokens.size());
      }
      Dictionary dictionary = TokenBatches.dictionary(tokens);
      for (int batch = 0; batch < 3; batch++) {
        Integer[] places = new Integer[50];
        String[] plain = new String[50];
        for (int row = 0; row < 50; row++) {
          places[row] = random.nextInt(5) == 0 ? null : (Integer) random.nextInt(40);
          plain[row] = random.nextInt(5) == 0 ? null : tokens.get(random.nextInt(40));
          expect(expected, places[row] == null ? null : tokens.get(places[row]));
          expect(expected, plain[row]);
        }
        batches.add(
            new ColumnarBatch(
                new ColumnVector[] {
                  TokenBatches.plain(plain), TokenBatches.coded(dictionary, places)
                },
                50));
      }
    }
    List<BatchTokenCounts.Source> sources =
        List.of(new BatchTokenCounts.Source(1, 1), new BatchTokenCounts.Source(1, 0));
    Map<String, Long> found = new HashMap<>();
    int handedOn = drain(new BatchTokenCounts(batches.iterator(), sources, 2, heldBytes), found);
    assertThat(found).isEqualTo(expected);
    if (heldBytes == 1_000_000) {
      assertThat(handedOn).isEqualTo(expected.size());
    } else {
      assertThat(handedOn).isGreaterThan(expected.size());
    }
  }

  private static void expect(Map<String, Long> expected, String token) {
    if (token != null && !token.isEmpty()) {
      expected.merge("1 " + token, 1L, Long::sum);
    }
  }

  /** Number of rows handed on. */
  private static int drain(TokenCounts<?> counts, Map<String, Long> found) {
    int handedOn = 0;
    while (counts.hasNext()) {
      InternalRow row = counts.next();
      found.merge(row.getInt(0) + " " + row.getUTF8String(1), row.getLong(2), Long::sum);
      handedOn++;
    }
    return handedOn;
  }

  private static GenericArrayData list(Random random, int table, Map<String, Long> expected) {
    Object[] list = new Object[random.nextInt(4)];
    for (int i = 0; i < list.length; i++) {
      list[i] = token(random, table, expected);
    }
    return new GenericArrayData(list);
  }

  private static UTF8String token(Random random, int table, Map<String, Long> expected) {
    String token = "é".repeat(random.nextInt(20)) + random.nextInt(40);
    expected.merge(table + " " + token, 1L, Long::sum);
    return UTF8String.fromString(token);
  }
}
