package io.taskweave.pipeline.feature;

import java.util.Arrays;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Numbers for the tokens of a column, batch after batch. The tokens of a dictionary are looked up
 * once for each dictionary, not once a row; others together, as {@link TokenRow} does.
 */
final class ColumnTokens {
  private static final int CHUNK = 64;
  private static final int NOT_MET = Integer.MIN_VALUE;

  /** The number of a token. */
  interface Numbering {
    int of(TokenRow tokens, int place);
  }

  private final TokenTable[] table;
  private final int none;
  private final Numbering numbering;
  private final TokenRow tokens = new TokenRow();
  private int[] numbers = new int[0];

  /** By place in the dictionary. */
  private int[] met = new int[0];

  private Object dictionary;

  /**
   * @param table that the numbering reads
   * @param none number of a row without a token
   */
  ColumnTokens(TokenTable table, int none, Numbering numbering) {
    this.table = new TokenTable[] {table};
    this.none = none;
    this.numbering = numbering;
  }

  /** Whether columns of a type hold tokens as text, or integers that say them. */
  static boolean isReadable(DataType type) {
    return type.equals(DataTypes.StringType)
        || type.equals(DataTypes.IntegerType)
        || type.equals(DataTypes.LongType);
  }

  /** By row; valid until the next call. */
  int[] of(ColumnVector column, int rows) {
    if (numbers.length < rows) {
      numbers = new int[rows];
    }
    Object found = BatchDictionary.of(column);
    if (found == null) {
      for (int first = 0; first < rows; first += CHUNK) {
        numberChunk(column, first, Math.min(rows, first + CHUNK));
      }
    } else {
      if (found != dictionary) {
        dictionary = found;
        Arrays.fill(met, NOT_MET);
      }
      numberByDictionary((WritableColumnVector) column, rows);
    }
    return numbers;
  }

  private void numberByDictionary(WritableColumnVector column, int rows) {
    WritableColumnVector places = column.getDictionaryIds();
    for (int row = 0; row < rows; row++) {
      if (column.isNullAt(row)) {
        numbers[row] = none;
      } else {
        int place = places.getDictId(row);
        if (place >= met.length) {
          int former = met.length;
          met = Arrays.copyOf(met, Math.max(place + 1, 2 * former));
          Arrays.fill(met, former, met.length, NOT_MET);
        }
        if (met[place] == NOT_MET) {
          numberChunk(column, row, row + 1);
          met[place] = numbers[row];
        }
        numbers[row] = met[place];
      }
    }
  }

  private void numberChunk(ColumnVector column, int first, int end) {
    tokens.reset(end - first);
    for (int row = first; row < end; row++) {
      if (!column.isNullAt(row)) {
        UTF8String token = token(column, row);
        if (token.numBytes() > 0) {
          tokens.put(row - first, token);
        }
      }
    }
    tokens.fetch(table);
    for (int row = first; row < end; row++) {
      numbers[row] = tokens.has(row - first) ? numbering.of(tokens, row - first) : none;
    }
  }

  private static UTF8String token(ColumnVector column, int row) {
    DataType type = column.dataType();
    if (type.equals(DataTypes.StringType)) {
      return column.getUTF8String(row);
    }
    long value = type.equals(DataTypes.LongType) ? column.getLong(row) : column.getInt(row);
    return UTF8String.fromString(Long.toString(value));
  }
}
