package io.taskweave.engine.sharded;

import io.taskweave.core.sample.Field;
import java.util.Arrays;

/**
 * Rows of one table by id, in pages. A row takes its place, its slot, when it is first asked for,
 * and keeps it. Its first values are a function of (seed, table, id) alone, so they depend neither
 * on the order in which ids are seen nor on the number of stores. Not for several threads at once.
 */
final class RowStore {
  private static final int LARGEST_PAGE_ROWS = 1 << 13;
  private static final int SMALLEST_PAGE_ROWS = 1 << 4;

  /** Floats of a line of the processor's cache. */
  private static final int LINE = 16;

  private final RowLayout layout;
  private final long seed;
  private final int pageBits;
  private final int pageMask;
  private final IdIndex index;
  private float[][] pages = {};
  private int[] lastSteps = {};
  private int[] positions = {};

  // Without a result a loop is dropped by the compiler.
  @SuppressWarnings("UnusedVariable")
  private float fetched;

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
    this.index = new IdIndex(expectedRows);
  }

  private static int powerOfTwo(long atMost) {
    return Integer.highestOneBit((int) atMost);
  }

  RowLayout layout() {
    return layout;
  }

  int rows() {
    return index.size();
  }

  /** Slot of an id, or {@link IdIndex#NONE} if it has no row. */
  int find(long id) {
    return index.find(id);
  }

  /**
   * Slot of an id, which is made if it is new.
   *
   * @param step that is current: the row counts as up to date with the step before
   */
  int findOrCreate(long id, int step) {
    int slot = find(id);
    return slot != IdIndex.NONE ? slot : create(id, step);
  }

  /** Makes the row of an id, which must not have one, as {@link #findOrCreate} does. */
  int create(long id, int step) {
    int slot = append(id, step - 1);
    initialWeights(id, page(slot), offset(slot));
    return slot;
  }

  /** Gives a row to an id that has none; its floats are zero. */
  int append(long id, int lastStep) {
    if (index.size() == index.capacity()) {
      reserve();
    }
    int slot = index.add(id);
    lastSteps[slot] = lastStep;
    return slot;
  }

  private void reserve() {
    // An eighth more each time, in whole pages: the unused rest of these arrays is small beside
    // rows.
    int rows = index.size();
    int grown =
        Math.max(rows + pageMask + 1, (int) Math.min(Integer.MAX_VALUE - 8L, rows * 9L / 8));
    grown = (grown + pageMask) & ~pageMask;
    index.reserve(grown);
    lastSteps = Arrays.copyOf(lastSteps, grown);
    positions = Arrays.copyOf(positions, grown);
    pages = Arrays.copyOf(pages, grown >>> pageBits);
  }

  /**
   * Lets rows go that no step has held for long. Those that stay keep their order and move up; the
   * pages behind them are freed.
   *
   * @param since first of the steps of which one must have held a row for it to stay
   * @return rows that are gone
   */
  int evict(long since) {
    int rows = index.size();
    int[] kept = new int[rows];
    int count = 0;
    for (int slot = 0; slot < rows; slot++) {
      boolean known = index.id(slot) <= Field.UNKNOWN_ID;
      // A step counts a row that it holds as up to date with the step before, at least.
      if (known || lastSteps[slot] >= since - 1) {
        if (count < slot) {
          System.arraycopy(page(slot), offset(slot), page(count), offset(count), layout.floats());
          lastSteps[count] = lastSteps[slot];
        }
        kept[count++] = slot;
      }
    }
    index.keep(kept, count);
    Arrays.fill(pages, (count + pageMask) >>> pageBits, pages.length, null);
    for (int slot = count; (slot & pageMask) != 0; slot++) {
      Arrays.fill(page(slot), offset(slot), offset(slot) + layout.floats(), 0f);
    }
    return rows - count;
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

  /**
   * Brings a part of rows into the processor's cache. Hardly one lies there already: what follows
   * would wait for one after the other, while a loop as short as this waits for many at once.
   *
   * @param slots of the rows; {@link IdIndex#NONE} for no row
   * @param start of the part in each row
   * @param floats of the part, at least one
   */
  void fetch(int[] slots, int from, int count, int start, int floats) {
    float sum = 0;
    for (int i = from; i < from + count; i++) {
      if (slots[i] != IdIndex.NONE) {
        float[] page = pages[slots[i] >>> pageBits];
        int first = offset(slots[i]) + start;
        for (int line = 0; line < floats; line += LINE) {
          sum += page[first + line];
        }
        // Rows hardly ever start where a line does.
        sum += page[first + floats - 1];
      }
    }
    fetched = sum;
  }

  long id(int slot) {
    return index.id(slot);
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
    return IdIndex.bytes(rows) + rows * (2L * Integer.BYTES + (long) Float.BYTES * layout.floats());
  }

  /** Bytes on the heap, array headers left out. */
  long bytes() {
    long bytes = index.bytes() + 2L * Integer.BYTES * lastSteps.length;
    for (float[] page : pages) {
      bytes += page == null ? 0 : 4L * page.length;
    }
    return bytes;
  }
}
