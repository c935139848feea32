package io.taskweave.core.merge;

import java.util.Arrays;

/** Numbers names as they are first met. They lie together, so that finding one waits little. */
final class NameTable {
  private static final int FIRST_SLOTS = 1024;

  /** Its start, and two slots at least. */
  static final int BYTES_OF_NAME = Integer.BYTES + 2 * Long.BYTES;

  private static final long LOW_HALF = 0xFFFFFFFFL;
  private static final long FACTOR = 0x9E3779B97F4A7C15L;

  /** By slot the hash of a name above its number plus 1; 0 where the slot is free. */
  private long[] slots = new long[FIRST_SLOTS];

  private byte[] names = new byte[8 * FIRST_SLOTS];

  /** By number, and the end of the last one. */
  private int[] starts = new int[FIRST_SLOTS + 1];

  private int size;

  /** Of the names that are looked for together. */
  private long[] hashes = new long[0];

  /** Where they may lie, and what lies there. */
  private int[] places = new int[0];

  int size() {
    return size;
  }

  /** Bytes of names, starts and slots that are in use. */
  long bytes() {
    return starts[size] + (long) BYTES_OF_NAME * size;
  }

  byte[] name(int number) {
    return Arrays.copyOfRange(names, starts[number], starts[number + 1]);
  }

  /**
   * The numbers of several names, one directly after the other. Finding a name mostly waits for
   * memory; what all will read is read before, so that the waits overlap.
   *
   * @param ends by name, the end of its bytes
   * @param to gets the numbers
   * @param at place of the first one
   */
  void numbersOf(byte[] bytes, int[] ends, int count, int[] to, int at) {
    if (hashes.length < count) {
      hashes = new long[count];
      places = new int[count];
    }
    for (int name = 0, from = 0; name < count; from = ends[name++]) {
      hashes[name] = hash(bytes, from, ends[name]);
    }
    for (int name = 0; name < count; name++) {
      long slot = slots[(int) hashes[name] & (slots.length - 1)];
      places[name] = Math.max((int) (slot & LOW_HALF) - 1, 0);
    }
    for (int name = 0; name < count; name++) {
      places[name] = starts[places[name]];
    }
    for (int name = 0; name < count; name++) {
      places[name] = names[places[name]];
    }
    for (int name = 0, from = 0; name < count; from = ends[name++]) {
      to[at + name] = numberOf(bytes, from, ends[name], hashes[name]);
    }
  }

  /** The number of the name in a range of bytes; the next one if it is new. */
  int numberOf(byte[] bytes, int from, int to) {
    return numberOf(bytes, from, to, hash(bytes, from, to));
  }

  private int numberOf(byte[] bytes, int from, int to, long hash) {
    int last = slots.length - 1;
    int slot = (int) hash & last;
    while (slots[slot] != 0) {
      int number = (int) (slots[slot] & LOW_HALF) - 1;
      if (((slots[slot] ^ hash) & ~LOW_HALF) == 0
          && Arrays.equals(names, starts[number], starts[number + 1], bytes, from, to)) {
        return number;
      }
      slot = (slot + 1) & last;
    }
    return add(bytes, from, to, hash, slot);
  }

  private int add(byte[] bytes, int from, int to, long hash, int slot) {
    int start = starts[size];
    int end = Math.addExact(start, to - from);
    // A start is read before its name is known to be empty, so that it must lie within.
    if (end >= names.length) {
      names = Arrays.copyOf(names, Math.max(end + 1, Math.multiplyExact(2, names.length)));
    }
    System.arraycopy(bytes, from, names, start, to - from);
    slots[slot] = (hash & ~LOW_HALF) | ++size;
    if (size == starts.length - 1) {
      starts = Arrays.copyOf(starts, 2 * size + 1);
    }
    starts[size] = end;
    if (2 * size > slots.length) {
      long[] grown = new long[2 * slots.length];
      for (int number = 0; number < size; number++) {
        long of = hash(names, starts[number], starts[number + 1]);
        int free = (int) of & (grown.length - 1);
        while (grown[free] != 0) {
          free = (free + 1) & (grown.length - 1);
        }
        grown[free] = (of & ~LOW_HALF) | (number + 1);
      }
      slots = grown;
    }
    return size - 1;
  }

  private static long hash(byte[] bytes, int from, int to) {
    long hash = (long) to - from;
    int place = from;
    for (; place + Long.BYTES <= to; place += Long.BYTES) {
      hash = mixed(hash ^ RecordOrder.number(bytes, place));
    }
    for (; place < to; place++) {
      hash = hash * 31 + bytes[place];
    }
    return mixed(hash);
  }

  static long mixed(long hash) {
    long product = hash * FACTOR;
    return product ^ (product >>> 32);
  }

  void clear() {
    Arrays.fill(slots, 0);
    size = 0;
  }
}
