package io.taskweave.pipeline.sampling;

import io.taskweave.core.random.CounterRandom;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Rows of positives and their negatives, user by user: the items of a whole user are known before
 * his first row gets its negatives.
 */
final class UserEvents implements Iterator<Row> {
  /** Where {@link NegativeSampling} puts what this reads: the log's own columns follow. */
  static final int USER = 0;

  static final int SAMPLE_ID = 1;
  static final int TIME = 2;
  static final int PLACE = 3;
  static final int OWN_COLUMNS = 4;

  /** What is known of a user beforehand. */
  static final class Known implements Serializable {
    private static final long serialVersionUID = 1;

    private final int[] own;
    private final long from;

    /**
     * @param own places of all his items, ascending
     * @param from no positive before this time or at it
     */
    Known(int[] own, long from) {
      this.own = own;
      this.from = from;
    }
  }

  private final NegativeDraws draws;
  private final int minimumHistory;
  private final Function<String, Optional<Known>> known;
  private final Iterator<Row> input;
  private final Deque<Row> output = new ArrayDeque<>();
  private Row ahead;

  /**
   * @param known empty for a user whose rows all follow each other here, in the order of time
   */
  UserEvents(
      NegativeDraws draws,
      int minimumHistory,
      Function<String, Optional<Known>> known,
      Iterator<Row> input) {
    this.draws = draws;
    this.minimumHistory = minimumHistory;
    this.known = known;
    this.input = input;
    this.ahead = input.hasNext() ? input.next() : null;
  }

  @Override
  public boolean hasNext() {
    while (output.isEmpty() && ahead != null) {
      readUser();
    }
    return !output.isEmpty();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return output.removeFirst();
  }

  private void readUser() {
    String user = ahead.getString(USER);
    Optional<Known> beforehand = known.apply(user);
    if (beforehand.isPresent()) {
      Row row = ahead;
      ahead = input.hasNext() ? input.next() : null;
      emit(row, beforehand.get());
      return;
    }
    List<Row> rows = new ArrayList<>();
    while (ahead != null && ahead.getString(USER).equals(user)) {
      rows.add(ahead);
      ahead = input.hasNext() ? input.next() : null;
    }
    int[] own = rows.stream().mapToInt(row -> row.getInt(PLACE)).sorted().distinct().toArray();
    Known all = new Known(own, from(rows));
    rows.forEach(row -> emit(row, all));
  }

  private long from(List<Row> rows) {
    if (minimumHistory == 0) {
      return Long.MIN_VALUE;
    }
    return rows.size() < minimumHistory
        ? Long.MAX_VALUE
        : rows.get(minimumHistory - 1).getLong(TIME);
  }

  private void emit(Row row, Known user) {
    long time = row.getLong(TIME);
    if (time <= user.from) {
      return;
    }
    long sampleId = row.getLong(SAMPLE_ID);
    Optional<int[]> drawn = draws.of(sampleId, time, user.own);
    if (drawn.isEmpty()) {
      return;
    }
    output.add(row(row, sampleId, Candidates.NONE, sampleId));
    int[] negatives = drawn.get();
    for (int draw = 0; draw < negatives.length; draw++) {
      output.add(row(row, sampleId, negatives[draw], CounterRandom.mix(sampleId, draw)));
    }
  }

  /** Positive's id, place of the negative's item, sample id, then the log's columns. */
  private static Row row(Row event, long positive, int place, long sampleId) {
    Object[] values = new Object[event.size() - OWN_COLUMNS + 3];
    values[0] = positive;
    values[1] = place;
    values[2] = sampleId;
    for (int i = OWN_COLUMNS; i < event.size(); i++) {
      values[i - OWN_COLUMNS + 3] = event.get(i);
    }
    return RowFactory.create(values);
  }
}
