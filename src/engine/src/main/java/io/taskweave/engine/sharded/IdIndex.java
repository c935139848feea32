package io.taskweave.engine.sharded;

import io.taskweave.core.random.CounterRandom;
import java.util.Arrays;

/**
 * Gives ids slots from 0 on, in the order in which they come, and finds them again: open addressing
 * with linear probing over one array of slots. Not for several threads at once.
 */
final class IdIndex {
  /** Of an id without a slot. */
  static final int NONE = -1;

  private static final int SMALLEST = 1 << 4;
  private static final int LARGEST_FIRST = 1 << 22;
  private static final long KEY = CounterRandom.hash("row index");

  private int[] places;
  private long[] ids = {};
  private int size;

  /**
   * @param expected ids that may come; a hint
   */
  IdIndex(long expected) {
    this.places = new int[firstPlaces(expected)];
    Arrays.fill(places, NONE);
  }

  private static int firstPlaces(long expected) {
    return Integer.highestOneBit((int) Math.min(LARGEST_FIRST, Math.max(SMALLEST, expected * 2)));
  }

  int size() {
    return size;
  }

  long id(int slot) {
    return ids[slot];
  }

  /** Slot of an id, or {@link #NONE}. */
  int find(long id) {
    int mask = places.length - 1;
    int place = place(id, mask);
    while (places[place] != NONE && ids[places[place]] != id) {
      place = (place + 1) & mask;
    }
    return places[place];
  }

  /** Gives the next slot to an id that has none; it must be below {@link #capacity}. */
  int add(long id) {
    if (size + 1 > places.length / 4 * 3) {
      rehash(Math.multiplyExact(places.length, 2));
    }
    ids[size] = id;
    enter(size);
    return size++;
  }

  /** Slots that there is room for. */
  int capacity() {
    return ids.length;
  }

  void reserve(int capacity) {
    ids = Arrays.copyOf(ids, capacity);
  }

  private void enter(int slot) {
    int mask = places.length - 1;
    int place = place(ids[slot], mask);
    while (places[place] != NONE) {
      place = (place + 1) & mask;
    }
    places[place] = slot;
  }

  private void rehash(int length) {
    places = new int[length];
    Arrays.fill(places, NONE);
    for (int slot = 0; slot < size; slot++) {
      enter(slot);
    }
  }

  private static int place(long id, int mask) {
    return (int) (CounterRandom.mix(KEY, id) >>> 32) & mask;
  }

  /**
   * Forgets all ids but some, which move up to the first slots.
   *
   * @param slots of those that stay, ascending
   */
  void keep(int[] slots, int count) {
    for (int i = 0; i < count; i++) {
      ids[i] = ids[slots[i]];
    }
    size = count;
    rehash(places.length);
  }

  /** Bytes of an index that expects a number of ids and holds them, array headers left out. */
  static long bytes(long ids) {
    long places = firstPlaces(ids);
    while (ids > places / 4 * 3) {
      places *= 2;
    }
    return Integer.BYTES * places + Long.BYTES * ids;
  }

  /** Bytes on the heap, array headers left out. */
  long bytes() {
    return (long) Integer.BYTES * places.length + (long) Long.BYTES * ids.length;
  }
}
