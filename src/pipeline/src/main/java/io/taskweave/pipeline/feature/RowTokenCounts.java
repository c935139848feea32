package io.taskweave.pipeline.feature;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;

/** Counts the tokens of rows. */
final class RowTokenCounts extends TokenCounts<InternalRow> {
  /**
   * A column of tokens.
   *
   * @param table place of the table that its tokens belong to
   * @param isList whether a row has an array of tokens, none of them null
   */
  record Source(int table, boolean isList) implements Serializable {}

  private final Source[] sources;
  private final TokenRow row = new TokenRow();
  private final TokenRow list = new TokenRow();
  private final TokenTable[] tableOfColumn;

  /**
   * @param rows a column a source, in their order
   * @param tables number of tables
   * @param heldBytes counts are handed on when tokens take so much memory
   */
  RowTokenCounts(Iterator<InternalRow> rows, List<Source> sources, int tables, long heldBytes) {
    super(rows, tables, heldBytes);
    this.sources = sources.toArray(Source[]::new);
    tableOfColumn = new TokenTable[sources.size()];
  }

  @Override
  void begin(TokenTable[] tables) {
    for (int column = 0; column < sources.length; column++) {
      tableOfColumn[column] = tables[sources[column].table()];
    }
  }

  @Override
  void count(InternalRow next) {
    row.reset(sources.length);
    for (int column = 0; column < sources.length; column++) {
      if (!next.isNullAt(column)) {
        if (sources[column].isList()) {
          countList(next.getArray(column), tableOfColumn[column]);
        } else {
          row.put(column, next.getUTF8String(column));
        }
      }
    }
    row.fetch(tableOfColumn);
    for (int column = 0; column < sources.length; column++) {
      if (row.has(column)) {
        increment(row, column, tableOfColumn[column]);
      }
    }
  }

  private void countList(ArrayData tokens, TokenTable table) {
    list.reset(tokens.numElements());
    for (int i = 0; i < tokens.numElements(); i++) {
      list.put(i, tokens.getUTF8String(i));
    }
    list.fetch(new TokenTable[] {table});
    for (int i = 0; i < tokens.numElements(); i++) {
      increment(list, i, table);
    }
  }

  private static void increment(TokenRow tokens, int place, TokenTable table) {
    table.increment(tokens.findOrAdd(place, table));
  }
}
