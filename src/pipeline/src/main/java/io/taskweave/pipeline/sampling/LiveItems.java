package io.taskweave.pipeline.sampling;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Items with an event within a reach of the time, before or after.
 *
 * <p>Time is cut into slots as long as the reach. The slot of an event lies within its reach as a
 * whole; of the slot before, an item counts if its last event there is near enough, of the slot
 * after, if its first one is. So the first and the last event of an item in each slot decide
 * exactly. Takes 12 bytes an item and slot.
 */
final class LiveItems implements Candidates {
  private static final long serialVersionUID = 1;

  private final long reach;
  private final long[] slots;
  private final int[] starts;
  private final int[] items;
  private final int[] first;
  private final int[] last;

  /**
   * Entries sorted by slot and item, each pair once.
   *
   * @param reach milliseconds
   * @param first milliseconds from the beginning of the slot to the item's first event in it
   * @param last milliseconds from the beginning of the slot to the item's last event in it
   */
  LiveItems(long reach, long[] slotOfEntry, int[] items, int[] first, int[] last) {
    this.reach = reach;
    this.items = items;
    this.first = first;
    this.last = last;
    this.slots = Arrays.stream(slotOfEntry).distinct().toArray();
    this.starts = new int[slots.length + 1];
    int slot = 0;
    for (int entry = 0; entry < items.length; entry++) {
      while (slotOfEntry[entry] != slots[slot]) {
        starts[++slot] = entry;
      }
    }
    starts[slots.length] = items.length;
  }

  @Override
  public int draw(long time, double uniform) {
    long slot = Math.floorDiv(time, reach);
    int count = 0;
    for (long near = slot - 1; near <= slot + 1; near++) {
      count += end(near) - start(near);
    }
    int rank = (int) (uniform * count);
    for (long near = slot - 1; near <= slot + 1; near++) {
      int size = end(near) - start(near);
      if (rank < size) {
        int entry = start(near) + rank;
        return counts(entry, near, time) ? items[entry] : NONE;
      }
      rank -= size;
    }
    return NONE;
  }

  @Override
  public int[] all(long time) {
    long slot = Math.floorDiv(time, reach);
    IntStream.Builder found = IntStream.builder();
    for (long near = slot - 1; near <= slot + 1; near++) {
      for (int entry = start(near); entry < end(near); entry++) {
        if (counts(entry, near, time)) {
          found.add(items[entry]);
        }
      }
    }
    return found.build().toArray();
  }

  /** Whether an entry is live and the one that stands for its item. */
  private boolean counts(int entry, long near, long time) {
    long slot = Math.floorDiv(time, reach);
    if (near == slot) {
      return true;
    }
    int item = items[entry];
    if (!isLive(entry, near, time) || find(slot, item) >= 0) {
      return false;
    }
    if (near < slot) {
      return true;
    }
    int before = find(slot - 1, item);
    return before < 0 || !isLive(before, slot - 1, time);
  }

  private boolean isLive(int entry, long near, long time) {
    long slot = Math.floorDiv(time, reach);
    return near < slot
        ? near * reach + last[entry] >= time - reach
        : near * reach + first[entry] <= time + reach;
  }

  private int find(long slot, int item) {
    return Arrays.binarySearch(items, start(slot), end(slot), item);
  }

  private int start(long slot) {
    int found = Arrays.binarySearch(slots, slot);
    return found < 0 ? 0 : starts[found];
  }

  private int end(long slot) {
    int found = Arrays.binarySearch(slots, slot);
    return found < 0 ? 0 : starts[found + 1];
  }
}
