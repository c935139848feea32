package io.taskweave.pipeline.feature;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Rows of batches with the ids of some of their tokens in further columns. */
final class IdBatches implements Iterator<InternalRow> {
  /**
   * Ids to look up.
   *
   * @param name of the column that holds them
   * @param column place of the column that holds the tokens
   */
  record Lookup(String name, int column, Broadcast<TokenTable> ids) implements Serializable {}

  private final Iterator<ColumnarBatch> batches;
  private final int[] columns;
  private final ColumnTokens[] tokens;
  private final OnHeapColumnVector[] ids;

  /** By column; null where nobody reads texts. */
  private final BatchTexts[] texts;

  private Iterator<InternalRow> rows = Collections.emptyIterator();

  private IdBatches(Iterator<ColumnarBatch> batches, boolean[] readTexts, List<Lookup> lookups) {
    this.batches = batches;
    texts = new BatchTexts[readTexts.length];
    for (int column = 0; column < texts.length; column++) {
      texts[column] = readTexts[column] ? new BatchTexts() : null;
    }
    columns = lookups.stream().mapToInt(Lookup::column).toArray();
    tokens = new ColumnTokens[columns.length];
    ids = new OnHeapColumnVector[columns.length];
    for (int i = 0; i < columns.length; i++) {
      TokenTable table = lookups.get(i).ids().value();
      tokens[i] =
          new ColumnTokens(
              table, FieldValues.MISSING_ID, (row, place) -> TokenLookup.id(row, place, table));
      ids[i] = new OnHeapColumnVector(1, DataTypes.IntegerType);
    }
  }

  /**
   * The rows of a log with the ids that are looked up.
   *
   * @param read names of the columns that are read of rows
   */
  static Dataset<Row> rows(
      SparkSession spark, LogBatches log, Set<String> read, List<Lookup> lookups) {
    StructType schema = log.schema();
    boolean[] readTexts = new boolean[schema.length()];
    for (int column = 0; column < readTexts.length; column++) {
      StructField described = schema.apply(column);
      readTexts[column] =
          described.dataType().equals(DataTypes.StringType) && read.contains(described.name());
    }
    for (Lookup lookup : lookups) {
      schema = schema.add(lookup.name(), DataTypes.IntegerType, false);
    }
    return spark.internalCreateDataFrame(
        log.batches().mapPartitions(batches -> new IdBatches(batches, readTexts, lookups)).rdd(),
        schema,
        false);
  }

  @Override
  public boolean hasNext() {
    while (!rows.hasNext() && batches.hasNext()) {
      rows = withIds(batches.next()).rowIterator();
    }
    return rows.hasNext();
  }

  /** A view of the batch, valid until the next row. */
  @Override
  public InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return rows.next();
  }

  private ColumnarBatch withIds(ColumnarBatch batch) {
    int rowCount = batch.numRows();
    List<ColumnVector> all = new ArrayList<>();
    for (int column = 0; column < batch.numCols(); column++) {
      ColumnVector values = batch.column(column);
      all.add(texts[column] == null ? values : texts[column].of(values, rowCount));
    }
    for (int i = 0; i < columns.length; i++) {
      ids[i].reserve(rowCount);
      ids[i].putInts(0, rowCount, tokens[i].of(batch.column(columns[i]), rowCount), 0);
      all.add(ids[i]);
    }
    return new ColumnarBatch(all.toArray(ColumnVector[]::new), rowCount);
  }
}
