package io.taskweave.pipeline.feature;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Counts the tokens of batches. */
final class BatchTokenCounts extends TokenCounts<ColumnarBatch> {
  /**
   * Tokens of a batch.
   *
   * @param table place of the table that they belong to
   * @param column place of the column that holds them
   */
  record Source(int table, int column) implements Serializable {}

  private final Source[] sources;
  private final TokenTable[] tableOfSource;
  private final ColumnTokens[] tokens;

  /**
   * @param tables number of tables
   * @param heldBytes counts are handed on when tokens take so much memory
   */
  BatchTokenCounts(
      Iterator<ColumnarBatch> batches, List<Source> sources, int tables, long heldBytes) {
    super(batches, tables, heldBytes);
    this.sources = sources.toArray(Source[]::new);
    tableOfSource = new TokenTable[sources.size()];
    tokens = new ColumnTokens[sources.size()];
  }

  @Override
  void begin(TokenTable[] tables) {
    for (int i = 0; i < sources.length; i++) {
      TokenTable table = tables[sources[i].table()];
      tableOfSource[i] = table;
      tokens[i] =
          new ColumnTokens(table, TokenTable.ABSENT, (row, place) -> row.findOrAdd(place, table));
    }
  }

  @Override
  void count(ColumnarBatch batch) {
    for (int i = 0; i < sources.length; i++) {
      int[] entries = tokens[i].of(batch.column(sources[i].column()), batch.numRows());
      for (int row = 0; row < batch.numRows(); row++) {
        if (entries[row] != TokenTable.ABSENT) {
          tableOfSource[i].increment(entries[row]);
        }
      }
    }
  }
}
