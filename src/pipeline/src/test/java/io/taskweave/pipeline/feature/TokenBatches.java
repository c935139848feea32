package io.taskweave.pipeline.feature;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.io.api.Binary;
import org.apache.spark.sql.execution.datasources.parquet.ParquetDictionary;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.DataTypes;

/** Columns of text as a Parquet scan fills them. */
final class TokenBatches {
  private TokenBatches() {}

  /** The dictionary of a row group. */
  static Dictionary dictionary(List<String> tokens) {
    return new Dictionary(Encoding.PLAIN) {
      @Override
      public int getMaxId() {
        return tokens.size() - 1;
      }

      @Override
      public Binary decodeToBinary(int place) {
        return Binary.fromString(tokens.get(place));
      }
    };
  }

  /** Values by their places in a dictionary, null where there is none. */
  static OnHeapColumnVector coded(Dictionary dictionary, Integer... places) {
    OnHeapColumnVector column = new OnHeapColumnVector(places.length, DataTypes.StringType);
    WritableColumnVector ids = column.reserveDictionaryIds(places.length);
    for (int row = 0; row < places.length; row++) {
      if (places[row] == null) {
        column.putNull(row);
      } else {
        ids.putInt(row, places[row]);
      }
    }
    // Spark wraps the dictionary once for every batch.
    column.setDictionary(new ParquetDictionary(dictionary, false));
    return column;
  }

  static OnHeapColumnVector plain(String... tokens) {
    OnHeapColumnVector column = new OnHeapColumnVector(tokens.length, DataTypes.StringType);
    for (int row = 0; row < tokens.length; row++) {
      if (tokens[row] == null) {
        column.putNull(row);
      } else {
        column.putByteArray(row, tokens[row].getBytes(StandardCharsets.UTF_8));
      }
    }
    return column;
  }
}
