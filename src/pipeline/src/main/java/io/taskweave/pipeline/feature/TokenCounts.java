package io.taskweave.pipeline.feature;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;

/**
 * Counts the tokens of a partition before they are shuffled: rows of table (its place), token and
 * count. A token comes more than once when more tokens than memory should hold have been met.
 */
final class TokenCounts implements Iterator<Row> {
  /** Memory that a task fills before it hands its counts on. */
  static final long HELD_BYTES = 64L << 20;

  /**
   * A column of tokens.
   *
   * @param table place of the table that its tokens belong to
   * @param isList whether a row has an array of tokens, none of them null
   */
  record Source(int table, boolean isList) implements Serializable {}

  private final Iterator<InternalRow> rows;
  private final Source[] sources;
  private final long heldBytes;
  private final TokenRow row = new TokenRow();
  private final TokenRow list = new TokenRow();
  private final TokenTable[] tables;

  /** The tables once more, by column. */
  private final TokenTable[] tableOfColumn;

  private int drainedTable;
  private int drainedEntry;

  /**
   * @param rows a column a source, in their order
   * @param heldBytes counts are handed on when tokens take so much memory
   */
  TokenCounts(Iterator<InternalRow> rows, List<Source> sources, long heldBytes) {
    this.rows = rows;
    this.sources = sources.toArray(Source[]::new);
    this.heldBytes = heldBytes;
    tables = new TokenTable[1 + sources.stream().mapToInt(Source::table).max().orElse(-1)];
    tableOfColumn = new TokenTable[sources.size()];
    drainedTable = tables.length;
  }

  @Override
  public boolean hasNext() {
    if (isDrained() && rows.hasNext()) {
      fill();
    }
    return !isDrained();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    TokenTable table = tables[drainedTable];
    int entry = drainedEntry;
    drainedEntry = table.next(entry);
    return RowFactory.create(drainedTable, table.token(entry), table.value(entry));
  }

  private boolean isDrained() {
    while (drainedTable < tables.length && drainedEntry == tables[drainedTable].end()) {
      drainedTable++;
      drainedEntry = 0;
    }
    return drainedTable == tables.length;
  }

  private void fill() {
    for (int table = 0; table < tables.length; table++) {
      tables[table] = new TokenTable();
    }
    for (int column = 0; column < sources.length; column++) {
      tableOfColumn[column] = tables[sources[column].table()];
    }
    do {
      count(rows.next());
    } while (rows.hasNext() && held() < heldBytes);
    drainedTable = 0;
    drainedEntry = 0;
  }

  private long held() {
    long held = 0;
    for (TokenTable table : tables) {
      held += table.heldBytes();
    }
    return held;
  }

  private void count(InternalRow next) {
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
    count(row, sources.length, tableOfColumn);
  }

  private void countList(ArrayData tokens, TokenTable table) {
    list.reset(tokens.numElements());
    for (int i = 0; i < tokens.numElements(); i++) {
      list.put(i, tokens.getUTF8String(i));
    }
    count(list, tokens.numElements(), new TokenTable[] {table});
  }

  private static void count(TokenRow tokens, int places, TokenTable[] tables) {
    tokens.fetch(tables);
    for (int place = 0; place < places; place++) {
      if (tokens.has(place)) {
        TokenTable table = tables[Math.min(place, tables.length - 1)];
        int entry = tokens.findOrAdd(place, table);
        table.set(entry, table.value(entry) + 1);
      }
    }
  }
}
