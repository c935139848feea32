package io.taskweave.pipeline.feature;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.apache.spark.sql.execution.datasources.parquet.ParquetDictionary;
import org.apache.spark.sql.execution.vectorized.Dictionary;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;

/**
 * Tells whether batches share a dictionary. Spark wraps a file's dictionary anew for every batch
 * and shows the wrapper to nobody, so both are read where they lie.
 */
final class BatchDictionary {
  private static final VarHandle OF_COLUMN =
      field(WritableColumnVector.class, "dictionary", Dictionary.class);
  private static final VarHandle OF_FILE =
      field(ParquetDictionary.class, "dictionary", org.apache.parquet.column.Dictionary.class);

  private BatchDictionary() {}

  /** The same object as long as a number means the same value; null without a dictionary. */
  static Object of(ColumnVector column) {
    return column instanceof WritableColumnVector vector
            && vector.hasDictionary()
            && OF_COLUMN.get(vector) instanceof ParquetDictionary dictionary
        ? OF_FILE.get(dictionary)
        : null;
  }

  private static VarHandle field(Class<?> owner, String name, Class<?> type) {
    try {
      return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
          .findVarHandle(owner, name, type);
    } catch (ReflectiveOperationException failure) {
      throw new IllegalStateException(
          String.format(
              "Cannot read batches: this Spark has no field %s in %s, use Spark 3.5",
              name, owner.getName()),
          failure);
    }
  }
}
