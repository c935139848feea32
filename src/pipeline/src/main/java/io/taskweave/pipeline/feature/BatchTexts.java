package io.taskweave.pipeline.feature;

import java.util.Arrays;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The texts of a column, batch after batch, row beside row. Spark takes each out of the file's
 * dictionary when its row comes, and waits for it every time; here the waits of many rows overlap.
 */
final class BatchTexts {
  private static final long LENGTH = 0xFFFFFFFFL;
  private static final long NOT_MET = -1;

  private final OnHeapColumnVector texts = new OnHeapColumnVector(1, DataTypes.StringType);

  /** By place in the dictionary: where a text begins among the bytes, above its length. */
  private long[] met = new long[0];

  private byte[] bytes = new byte[1024];
  private int end;
  private Object dictionary;

  /** The same values; valid until the next call. */
  ColumnVector of(ColumnVector column, int rows) {
    Object found = BatchDictionary.of(column);
    if (found == null) {
      return column;
    }
    if (found != dictionary) {
      dictionary = found;
      Arrays.fill(met, NOT_MET);
      end = 0;
    }
    WritableColumnVector places = ((WritableColumnVector) column).getDictionaryIds();
    texts.reset();
    texts.reserve(rows);
    for (int row = 0; row < rows; row++) {
      if (column.isNullAt(row)) {
        texts.putNull(row);
      } else {
        int place = places.getDictId(row);
        if (place >= met.length || met[place] == NOT_MET) {
          meet(place, column.getUTF8String(row));
        }
        texts.putByteArray(
            row, bytes, (int) (met[place] >>> Integer.SIZE), (int) (met[place] & LENGTH));
      }
    }
    return texts;
  }

  private void meet(int place, UTF8String text) {
    if (place >= met.length) {
      int former = met.length;
      met = Arrays.copyOf(met, Math.max(place + 1, 2 * former));
      Arrays.fill(met, former, met.length, NOT_MET);
    }
    byte[] added = text.getBytes();
    if (end + added.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end + added.length, 2 * bytes.length));
    }
    System.arraycopy(added, 0, bytes, end, added.length);
    met[place] = ((long) end << Integer.SIZE) | added.length;
    end += added.length;
  }
}
