package io.taskweave.pipeline.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.parquet.column.Dictionary;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.junit.jupiter.api.Test;

class BatchTextsTest {
  private final BatchTexts texts = new BatchTexts();

  @Test
  void rowsHaveTheTextsOfTheirDictionaryBatchAfterBatch() {
    Dictionary dictionary = TokenBatches.dictionary(List.of("b", "", "a long text", "ü"));
    assertThat(of(TokenBatches.coded(dictionary, 2, null, 0, 2, 1), 5))
        .containsExactly("a long text", null, "b", "a long text", "");
    assertThat(of(TokenBatches.coded(dictionary, null, 3, 0), 3)).containsExactly(null, "ü", "b");
    assertThat(of(TokenBatches.coded(dictionary, 0, 0, 2), 2)).containsExactly("b", "b");
  }

  @Test
  void anotherDictionaryGivesPlacesAnotherMeaning() {
    assertThat(of(TokenBatches.coded(TokenBatches.dictionary(List.of("a", "b")), 0, 1), 2))
        .containsExactly("a", "b");
    assertThat(of(TokenBatches.coded(TokenBatches.dictionary(List.of("c", "d")), 1, 0), 2))
        .containsExactly("d", "c");
  }

  @Test
  void aDictionaryMayBeLarge() {
    List<String> all = IntStream.range(0, 5000).mapToObj(i -> "text " + i).toList();
    Integer[] places = IntStream.range(0, 5000).mapToObj(i -> 4999 - i).toArray(Integer[]::new);
    List<String> expected = new ArrayList<>();
    for (int place : places) {
      expected.add(all.get(place));
    }
    assertThat(of(TokenBatches.coded(TokenBatches.dictionary(all), places), 5000))
        .isEqualTo(expected);
  }

  @Test
  void textsWithoutADictionaryAreLeftAlone() {
    OnHeapColumnVector plain = TokenBatches.plain("a", null);
    assertThat(texts.of(plain, 2)).isSameAs(plain);
  }

  private List<String> of(ColumnVector column, int rows) {
    ColumnVector read = texts.of(column, rows);
    assertThat(read).isNotSameAs(column);
    List<String> result = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      result.add(read.isNullAt(row) ? null : read.getUTF8String(row).toString());
    }
    return result;
  }
}
