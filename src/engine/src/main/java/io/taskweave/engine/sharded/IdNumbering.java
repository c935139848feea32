package io.taskweave.engine.sharded;

import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import java.util.Arrays;

/**
 * Numbers the distinct ids of one table in a batch, in the order in which they come. Padding and
 * out-of-vocabulary keep the ids 0 and 1, which models know.
 */
final class IdNumbering {
  private static final int FREE = 0;
  private static final int FIRST = Field.UNKNOWN_ID + 1;
  private static final long INDEX_KEY = CounterRandom.hash("batch index");

  private int[] index = new int[1 << 10];
  private long[] ids = new long[1 << 9];
  private int[] places = new int[1 << 9];
  private int count = FIRST;

  IdNumbering() {
    ids[Field.PADDING_ID] = Field.PADDING_ID;
    ids[Field.UNKNOWN_ID] = Field.UNKNOWN_ID;
  }

  void clear() {
    for (int number = FIRST; number < count; number++) {
      index[places[number]] = FREE;
    }
    count = FIRST;
  }

  /** Numbers given, padding and out-of-vocabulary included. */
  int count() {
    return count;
  }

  long id(int number) {
    return ids[number];
  }

  int number(long id) {
    if (id < FIRST) {
      return (int) id;
    }
    int mask = index.length - 1;
    int place = (int) (CounterRandom.mix(INDEX_KEY, id) >>> 32) & mask;
    while (index[place] != FREE) {
      if (ids[index[place]] == id) {
        return index[place];
      }
      place = (place + 1) & mask;
    }
    if (count == ids.length) {
      grow();
      return number(id);
    }
    index[place] = count;
    places[count] = place;
    ids[count] = id;
    return count++;
  }

  private void grow() {
    int known = count;
    clear();
    index = new int[index.length * 2];
    places = new int[places.length * 2];
    ids = Arrays.copyOf(ids, ids.length * 2);
    for (int number = FIRST; number < known; number++) {
      number(ids[number]);
    }
  }
}
