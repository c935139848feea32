package io.taskweave.pipeline.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenCountsTest {
  private static final List<TokenCounts.Source> SOURCES =
      List.of(
          new TokenCounts.Source(1, false),
          new TokenCounts.Source(0, true),
          new TokenCounts.Source(1, false));

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "3000, 0", "3000, 5000", "3000, 1000000"})
  void countsAddUpToThoseOfAPlainMapHoweverLittleIsHeld(int rows, long heldBytes) {
    Random random = new Random(7);
    Map<String, Long> expected = new HashMap<>();
    List<InternalRow> input = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      Object first = random.nextInt(4) == 0 ? null : token(random, 1, expected);
      Object[] list = new Object[random.nextInt(4)];
      for (int i = 0; i < list.length; i++) {
        list[i] = token(random, 0, expected);
      }
      Object last = token(random, 1, expected);
      input.add(new GenericInternalRow(new Object[] {first, new GenericArrayData(list), last}));
    }
    Map<String, Long> found = new HashMap<>();
    int handedOn = 0;
    TokenCounts counts = new TokenCounts(input.iterator(), SOURCES, heldBytes);
    while (counts.hasNext()) {
      Row row = counts.next();
      found.merge(row.getInt(0) + " " + row.getString(1), row.getLong(2), Long::sum);
      handedOn++;
    }
    assertThat(found).isEqualTo(expected);
    if (heldBytes == 1_000_000) {
      assertThat(handedOn).isEqualTo(expected.size());
    } else if (rows > 1) {
      assertThat(handedOn).isGreaterThan(expected.size());
    }
  }

  private static UTF8String token(Random random, int table, Map<String, Long> expected) {
    String token = "é".repeat(random.nextInt(20)) + random.nextInt(40);
    expected.merge(table + " " + token, 1L, Long::sum);
    return UTF8String.fromString(token);
  }
}
