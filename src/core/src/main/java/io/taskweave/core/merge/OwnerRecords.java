package io.taskweave.core.merge;

import java.util.Arrays;

/**
 * Takes records of many owners as they come, in bounded memory, and gives them back owner after
 * owner, in the order of {@link RecordOrder} and with an owner's records side by side.
 */
public final class OwnerRecords {
  private static final int INITIAL_RECORDS = 1024;

  private static final int NAMES_AT_ONCE = 64;
  private static final long NO_KEY = Long.MIN_VALUE;
  private static final long NOT_ASCENDING = Long.MAX_VALUE;

  /** Last key of an owner, beside what the names say of themselves. */
  private static final int BYTES_OF_OWNER = Long.BYTES;

  /** Owner and start of a record. */
  private static final int BYTES_OF_PLACES = 2 * Integer.BYTES;

  private final RecordOrder order;
  private final int maximumBytes;
  private final NameTable owners = new NameTable();
  private byte[] bytes;
  private int end;

  /** By record in the order of arrival. */
  private int[] ownerNumbers = new int[INITIAL_RECORDS];

  /** By record in the order of arrival, and the end of the last one. */
  private int[] starts = new int[INITIAL_RECORDS + 1];

  private int size;

  /** The owners' names of the last records, which get their numbers together. */
  private byte[] newBytes = new byte[0];

  private final int[] newEnds = new int[NAMES_AT_ONCE];
  private int newNames;

  /**
   * By owner, the first key of his last record. Logs are nearly in order: most owners' records
   * ascend as they come, and need not be read again to be put in order.
   */
  private long[] lastKeys = new long[0];

  /** Records in the order in which they are given back. */
  private int[] sorted = new int[0];

  /**
   * @param order of an owner's records
   * @param maximumBytes of records, names and places that are held together, above 0; the last
   *     record may exceed them
   */
  public OwnerRecords(RecordOrder order, int maximumBytes) {
    this.order = order;
    this.maximumBytes = maximumBytes;
    this.bytes = new byte[Math.min(maximumBytes, 1 << 16)];
  }

  /** Whether what is held must be taken before more is added. */
  public boolean isFull() {
    long newNamesAtMost =
        newNamesEnd() + (long) (NameTable.BYTES_OF_NAME + BYTES_OF_OWNER) * newNames;
    if (heldBytes() + newNamesAtMost < maximumBytes) {
      return false;
    }
    numberOwners();
    return heldBytes() >= maximumBytes;
  }

  private long heldBytes() {
    return end
        + owners.bytes()
        + (long) BYTES_OF_OWNER * owners.size()
        + (long) BYTES_OF_PLACES * size;
  }

  /**
   * Adds a record of the owner whose name lies in a range of bytes. Not between {@link #sort} and
   * {@link #clear}.
   *
   * @param name holds the owner's name, which is copied
   * @param from first byte of the name
   * @param to end of the name; an empty one is a name too
   * @param length bytes of the record, 8 a key at least
   * @return where in {@link #bytes} the caller writes it before anything else is called
   * @throws ArithmeticException if more than 2 GiB of records would be held
   */
  public int add(byte[] name, int from, int to, int length) {
    if (newNames == newEnds.length) {
      numberOwners();
    }
    if (size == ownerNumbers.length) {
      ownerNumbers = Arrays.copyOf(ownerNumbers, 2 * size);
      starts = Arrays.copyOf(starts, 2 * size + 1);
    }
    int start = end;
    end = Math.addExact(start, length);
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, (int) Math.min(maximumBytes, 2L * bytes.length)));
    }
    starts[++size] = end;
    keep(name, from, to);
    return start;
  }

  private void keep(byte[] name, int from, int to) {
    int nameStart = newNamesEnd();
    int nameEnd = nameStart + to - from;
    if (nameEnd > newBytes.length) {
      newBytes = Arrays.copyOf(newBytes, 2 * nameEnd);
    }
    System.arraycopy(name, from, newBytes, nameStart, to - from);
    newEnds[newNames++] = nameEnd;
  }

  private int newNamesEnd() {
    return newNames == 0 ? 0 : newEnds[newNames - 1];
  }

  private void numberOwners() {
    int first = size - newNames;
    owners.numbersOf(newBytes, newEnds, newNames, ownerNumbers, first);
    newNames = 0;
    if (owners.size() > lastKeys.length) {
      int former = lastKeys.length;
      lastKeys = Arrays.copyOf(lastKeys, Math.max(2 * former, owners.size()));
      Arrays.fill(lastKeys, former, lastKeys.length, NO_KEY);
    }
    for (int record = first; record < size; record++) {
      int owner = ownerNumbers[record];
      long key = RecordOrder.number(bytes, starts[record]);
      lastKeys[owner] = key > lastKeys[owner] ? key : NOT_ASCENDING;
    }
  }

  /** Holds the records, and unused bytes after them; another array after the next {@link #add}. */
  public byte[] bytes() {
    return bytes;
  }

  /** Records that are held. */
  public int size() {
    return size;
  }

  /** Puts the records in order; from then on they are counted in it, until {@link #clear}. */
  public void sort() {
    numberOwners();
    int[] ends = new int[owners.size() + 1];
    for (int record = 0; record < size; record++) {
      ends[ownerNumbers[record] + 1]++;
    }
    for (int owner = 0; owner < owners.size(); owner++) {
      ends[owner + 1] += ends[owner];
    }
    int[] next = ends.clone();
    sorted = new int[size];
    for (int record = 0; record < size; record++) {
      sorted[next[ownerNumbers[record]]++] = record;
    }
    int[] spare = new int[size];
    for (int owner = 0; owner < owners.size(); owner++) {
      if (lastKeys[owner] == NOT_ASCENDING) {
        sort(ends[owner], ends[owner + 1], spare);
      }
    }
  }

  /** Logs are nearly in order: halves that already follow each other are left alone. */
  private void sort(int from, int to, int[] spare) {
    if (to - from < 2) {
      return;
    }
    int middle = (from + to) >>> 1;
    sort(from, middle, spare);
    sort(middle, to, spare);
    if (compare(sorted[middle - 1], sorted[middle]) <= 0) {
      return;
    }
    System.arraycopy(sorted, from, spare, from, middle - from);
    int left = from;
    int right = middle;
    for (int place = from; left < middle; place++) {
      sorted[place] =
          right < to && compare(spare[left], sorted[right]) > 0 ? sorted[right++] : spare[left++];
    }
  }

  private int compare(int one, int other) {
    return order.compare(
        bytes, starts[one], starts[one + 1], bytes, starts[other], starts[other + 1]);
  }

  /**
   * The name of a record's owner.
   *
   * @param place of the record in the order of {@link #sort}, from 0
   * @throws IndexOutOfBoundsException if there is none, or records are not sorted
   */
  public byte[] owner(int place) {
    return owners.name(ownerNumbers[sorted[place]]);
  }

  /**
   * Whether a record and the one before it have the same owner.
   *
   * @param place of the record in the order of {@link #sort}; the first one, 0, has none before it
   */
  public boolean isOfOwnerBefore(int place) {
    return place > 0 && ownerNumbers[sorted[place]] == ownerNumbers[sorted[place - 1]];
  }

  /**
   * Where a record begins in {@link #bytes}.
   *
   * @param place of the record in the order of {@link #sort}, from 0
   * @throws IndexOutOfBoundsException if there is none, or records are not sorted
   */
  public int start(int place) {
    return starts[sorted[place]];
  }

  /**
   * The records [from, to), one directly after the other.
   *
   * @param from place of the first one in the order of {@link #sort}
   * @param to place after the last one
   * @throws IndexOutOfBoundsException if one of them is none, or records are not sorted
   */
  public byte[] copy(int from, int to) {
    int length = 0;
    for (int place = from; place < to; place++) {
      length += starts[sorted[place] + 1] - starts[sorted[place]];
    }
    byte[] result = new byte[length];
    int at = 0;
    for (int place = from; place < to; place++) {
      int start = starts[sorted[place]];
      int bytesOfRecord = starts[sorted[place] + 1] - start;
      System.arraycopy(bytes, start, result, at, bytesOfRecord);
      at += bytesOfRecord;
    }
    return result;
  }

  /** Forgets all records, so that others have room. Owners mostly come again. */
  public void clear() {
    newNames = 0;
    Arrays.fill(lastKeys, NO_KEY);
    if (owners.bytes() > maximumBytes / 4) {
      owners.clear();
    }
    size = 0;
    end = 0;
    sorted = new int[0];
  }
}
