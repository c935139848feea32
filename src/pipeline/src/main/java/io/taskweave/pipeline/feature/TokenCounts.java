package io.taskweave.pipeline.feature;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;

/**
 * Counts the tokens of a partition before they are shuffled: rows of table (its place), token and
 * count. A token comes more than once when more tokens than memory should hold have been met.
 *
 * @param <T> what is read at a time: a row, or a batch of rows
 */
abstract class TokenCounts<T> implements Iterator<InternalRow> {
  /** Memory that a task fills before it hands its counts on. */
  static final long HELD_BYTES = 64L << 20;

  private final Iterator<T> input;
  private final long heldBytes;
  private final TokenTable[] tables;
  private int drainedTable;
  private int drainedEntry;

  /**
   * @param tables number of tables
   * @param heldBytes counts are handed on when tokens take so much memory
   */
  TokenCounts(Iterator<T> input, int tables, long heldBytes) {
    this.input = input;
    this.heldBytes = heldBytes;
    this.tables = new TokenTable[tables];
    drainedTable = tables;
  }

  /** Takes new tables, all of them empty, by place. */
  abstract void begin(TokenTable[] tables);

  /** Counts into the tables. */
  abstract void count(T next);

  @Override
  public final boolean hasNext() {
    if (isDrained() && input.hasNext()) {
      fill();
    }
    return !isDrained();
  }

  @Override
  public final InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    TokenTable table = tables[drainedTable];
    int entry = drainedEntry;
    drainedEntry = table.next(entry);
    return new GenericInternalRow(
        new Object[] {drainedTable, table.token(entry), table.value(entry)});
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
    begin(tables.clone());
    do {
      count(input.next());
    } while (input.hasNext() && held() < heldBytes);
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
}
