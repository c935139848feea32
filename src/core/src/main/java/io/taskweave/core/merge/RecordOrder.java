package io.taskweave.core.merge;

import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The order of records, which are bytes: first by the numbers that they begin with, then by all of
 * their bytes, which are compared as unsigned numbers, so that only equal records may change
 * places.
 *
 * @param keys signed numbers of 8 bytes in the machine's order that every record begins with; 1 at
 *     least
 */
public record RecordOrder(int keys) implements Serializable {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  /**
   * The number at a place.
   *
   * @param place of the first of its 8 bytes
   * @throws IndexOutOfBoundsException if one of them lies outside the array
   */
  public static long number(byte[] bytes, int place) {
    return (long) LONGS.get(bytes, place);
  }

  /**
   * Puts a number at a place.
   *
   * @param place of the first of its 8 bytes
   * @throws IndexOutOfBoundsException if one of them lies outside the array
   */
  public static void putNumber(byte[] bytes, int place, long number) {
    LONGS.set(bytes, place, number);
  }

  /** Compares the records in two places. */
  int compare(byte[] one, int start, int end, byte[] other, int otherStart, int otherEnd) {
    for (int key = 0; key < keys; key++) {
      int byKey =
          Long.compare(
              number(one, start + key * Long.BYTES), number(other, otherStart + key * Long.BYTES));
      if (byKey != 0) {
        return byKey;
      }
    }
    return Arrays.compareUnsigned(one, start, end, other, otherStart, otherEnd);
  }
}
