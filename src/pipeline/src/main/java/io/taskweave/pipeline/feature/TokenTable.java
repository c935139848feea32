package io.taskweave.pipeline.feature;

import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.array.ByteArrayMethods;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * A number by token. Value, length and bytes of a token lie together, so that a look-up waits for
 * memory twice: for a slot and for what it leads to. Objects would take several times the memory.
 */
final class TokenTable implements Serializable {
  static final int ABSENT = -1;

  private static final long serialVersionUID = 1;
  private static final long LOW_HALF = 0xFFFFFFFFL;
  private static final int LENGTH = 8;
  private static final int BYTES = 12;
  private static final int FIRST_SLOTS = 64;

  /** By slot the hash of a token above its entry plus 1; 0 where the slot is free. */
  private long[] slots = new long[FIRST_SLOTS];

  /** Entries of 8 bytes of value, 4 bytes of length and the token, padded to whole words. */
  private byte[] entries = new byte[1024];

  private int end;
  private int size;

  /**
   * The entry of a token, or {@link #ABSENT}.
   *
   * @param hash of the token
   */
  int find(UTF8String token, int hash) {
    return entryIn(slots[slotOf(token, hash)]);
  }

  /** The entry of a token, which is added with the value 0 unless it is there. */
  int findOrAdd(UTF8String token, int hash) {
    int slot = slotOf(token, hash);
    return slots[slot] != 0 ? entryIn(slots[slot]) : add(token, hash, slot);
  }

  long value(int entry) {
    return Platform.getLong(entries, Platform.BYTE_ARRAY_OFFSET + entry);
  }

  void set(int entry, long value) {
    Platform.putLong(entries, Platform.BYTE_ARRAY_OFFSET + entry, value);
  }

  void increment(int entry) {
    set(entry, value(entry) + 1);
  }

  /** The first entry that a look-up compares with a token of this hash, or {@link #ABSENT}. */
  int candidate(int hash) {
    return entryIn(slots[hash & (slots.length - 1)]);
  }

  /** Bytes of the token of an entry. */
  int length(int entry) {
    return Platform.getInt(entries, Platform.BYTE_ARRAY_OFFSET + entry + LENGTH);
  }

  int end() {
    return end;
  }

  /** The token of an entry, where it lies. */
  UTF8String token(int entry) {
    return UTF8String.fromBytes(entries, entry + BYTES, length(entry));
  }

  /** The entry after one, in the order of their arrival; {@link #end} after the last one. */
  int next(int entry) {
    return entry + space(length(entry));
  }

  /** Memory of all tokens, roughly. */
  long heldBytes() {
    return end + (long) Long.BYTES * slots.length;
  }

  private int add(UTF8String token, int hash, int slot) {
    int entry = end;
    int length = token.numBytes();
    end = Math.addExact(entry, space(length));
    if (end > entries.length) {
      entries = Arrays.copyOf(entries, grown(end));
    }
    set(entry, 0);
    Platform.putInt(entries, Platform.BYTE_ARRAY_OFFSET + entry + LENGTH, length);
    token.writeToMemory(entries, Platform.BYTE_ARRAY_OFFSET + entry + BYTES);
    slots[slot] = ((long) hash << Integer.SIZE) | (entry + 1);
    size++;
    if (2 * size > slots.length) {
      rehash();
    }
    return entry;
  }

  /** The slot of a token, or the free one that it would take. */
  private int slotOf(UTF8String token, int hash) {
    int last = slots.length - 1;
    int slot = hash & last;
    while (slots[slot] != 0 && !(hashIn(slots[slot]) == hash && is(entryIn(slots[slot]), token))) {
      slot = (slot + 1) & last;
    }
    return slot;
  }

  private boolean is(int entry, UTF8String token) {
    int length = token.numBytes();
    return length(entry) == length
        && ByteArrayMethods.arrayEquals(
            token.getBaseObject(),
            token.getBaseOffset(),
            entries,
            Platform.BYTE_ARRAY_OFFSET + entry + BYTES,
            length);
  }

  private void rehash() {
    long[] former = slots;
    slots = new long[2 * former.length];
    int last = slots.length - 1;
    for (long full : former) {
      if (full != 0) {
        int slot = hashIn(full) & last;
        while (slots[slot] != 0) {
          slot = (slot + 1) & last;
        }
        slots[slot] = full;
      }
    }
  }

  private static int hashIn(long slot) {
    return (int) (slot >>> Integer.SIZE);
  }

  private static int entryIn(long slot) {
    return (int) (slot & LOW_HALF) - 1;
  }

  private static int space(int length) {
    return (BYTES + length + Long.BYTES - 1) & -Long.BYTES;
  }

  private static int grown(int length) {
    return (int) Math.min(2L * length, ByteArrayMethods.MAX_ROUNDED_ARRAY_LENGTH);
  }
}
