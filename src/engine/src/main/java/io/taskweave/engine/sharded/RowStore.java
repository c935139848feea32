package io.taskweave.engine.sharded;

import io.taskweave.core.random.CounterRandom;
import java.util.Arrays;

/**
 * Rows of one table by id, in pages. A row takes its place, its slot, when it is first asked for,
 * and keeps it. Its first values are a function of (seed, table, id) alone, so they depend neither
 * on the order in which ids are seen nor on the number of stores. Not for several threads at once.
 */
final class RowStore {
  /** Never a row of a batch: marks a free place of the index. */
  private static final int FREE = -1;

  private static final int LARGEST_PAGE_ROWS = 1 << 13;
  private static final int SMALLEST_PAGE_ROWS = 1 << 4;
  private static final int LARGEST_FIRST_INDEX = 1 << 22;
  private static final long INDEX_KEY = CounterRandom.hash("row index");

  private final RowLayout layout;
  private final long seed;
  private final int pageBits;
  private final int pageMask;
  private int[] index;
  private float[][] pages = {};
  private long[] ids = {};
  private int[] lastSteps = {};
  private int[] positions = {};
  private int rows;

  /**
   * @param expectedRows rows that this store may come to hold; a hint
   */
  RowStore(RowLayout layout, long seed, long expectedRows) {
    this.layout = layout;
    this.seed = seed;
    int page =
        powerOfTwo(Math.min(LARGEST_PAGE_ROWS, Math.max(SMALLEST_PAGE_ROWS, expectedRows / 16)));
    this.pageBits = Integer.numberOfTrailingZeros(page);
    this.pageMask = page - 1;
    this.index = new int[powerOfTwo(Math.min(LARGEST_FIRST_INDEX, Math.max(16, expectedRows * 2)))];
    Arrays.fill(index, FREE);
  }

  private static int powerOfTwo(long atMost) {
    return Integer.highestOneBit((int) atMost);
  }

  RowLayout layout() {
    return layout;
  }

  int rows() {
    return rows;
  }

  /** Slot of an id, or -1 if it was never asked for. */
  int find(long id) {
    int mask = index.length - 1;
    int place = place(id, mask);
    while (index[place] != FREE && ids[index[place]] != id) {
      place = (place + 1) & mask;
    }
    return index[place];
  }

  /**
   * Slot of an id, which is made if it is new.
   *
   * @param step that is current: the row counts as up to date with the step before
   */
  int findOrCreate(long id, int step) {
    int slot = find(id);
    if (slot != FREE) {
      return slot;
    }
    slot = append(id, step - 1);
    initialWeights(id, page(slot), offset(slot));
    return slot;
  }

  /** Gives a row to an id that has none; its floats are zero. */
  int append(long id, int lastStep) {
    if (rows + 1 > index.length / 4 * 3) {
      rehash(Math.multiplyExact(index.length, 2));
    }
    if (rows == ids.length) {
      reserve();
    }
    int slot = rows++;
    ids[slot] = id;
    lastSteps[slot] = lastStep;
    enter(slot);
    return slot;
  }

  private void reserve() {
    // A half more each time, in whole pages: the unused rest of these arrays is small beside rows.
    int grown =
        Math.max(rows + pageMask + 1, (int) Math.min(Integer.MAX_VALUE - 8L, rows * 9L / 8));
    grown = (grown + pageMask) & ~pageMask;
    ids = Arrays.copyOf(ids, grown);
    lastSteps = Arrays.copyOf(lastSteps, grown);
    positions = Arrays.copyOf(positions, grown);
    pages = Arrays.copyOf(pages, grown >>> pageBits);
  }

  private void enter(int slot) {
    int mask = index.length - 1;
    int place = place(ids[slot], mask);
    while (index[place] != FREE) {
      place = (place + 1) & mask;
    }
    index[place] = slot;
  }

  private void rehash(int size) {
    index = new int[size];
    Arrays.fill(index, FREE);
    for (int slot = 0; slot < rows; slot++) {
      enter(slot);
    }
  }

  private static int place(long id, int mask) {
    return (int) (CounterRandom.mix(INDEX_KEY, id) >>> 32) & mask;
  }

  /** Writes the weights that an id starts with. */
  void initialWeights(long id, float[] target, int offset) {
    for (int view = 0; view < layout.views(); view++) {
      layout
          .parameter(view)
          .initializeRow(seed, id, target, offset + layout.weightOffset(view), layout.width(view));
    }
  }

  /** The array that holds a row. */
  float[] page(int slot) {
    int page = slot >>> pageBits;
    if (pages[page] == null) {
      pages[page] = new float[Math.multiplyExact(pageMask + 1, layout.floats())];
    }
    return pages[page];
  }

  /** Where a row starts in its page. */
  int offset(int slot) {
    return (slot & pageMask) * layout.floats();
  }

  long id(int slot) {
    return ids[slot];
  }

  /** The last step whose update the row has seen. */
  int lastStep(int slot) {
    return lastSteps[slot];
  }

  void setLastStep(int slot, int step) {
    lastSteps[slot] = step;
  }

  /** Place of the row among those of the present batch; means nothing if it is not one of them. */
  int position(int slot) {
    return positions[slot];
  }

  void setPosition(int slot, int position) {
    positions[slot] = position;
  }

  /** Bytes of a store that expects a number of rows and holds them, array headers left out. */
  static long bytes(RowLayout layout, long rows) {
    long index = powerOfTwo(Math.min(LARGEST_FIRST_INDEX, Math.max(16, rows * 2)));
    while (rows > index / 4 * 3) {
      index *= 2;
    }
    return 4 * index + rows * (16L + (long) Float.BYTES * layout.floats());
  }

  /** Bytes on the heap, array headers left out. */
  long bytes() {
    long bytes = 4L * index.length + 16L * ids.length;
    for (float[] page : pages) {
      bytes += page == null ? 0 : 4L * page.length;
    }
    return bytes;
  }
}
