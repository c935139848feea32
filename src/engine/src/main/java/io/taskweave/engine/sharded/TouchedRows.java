package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;
import java.util.Arrays;

/**
 * The rows of one store that a step updates, each once however many threads read it, and the sums
 * of their gradients: of each view [rows, width, slots].
 */
final class TouchedRows {
  private final RowLayout layout;
  private final RowStore store;
  private final float[][] gradients;
  private int[] slots = {};
  private int count;

  TouchedRows(RowStore store) {
    this.store = store;
    this.layout = store.layout();
    this.gradients = new float[layout.views()][0];
  }

  void clear() {
    count = 0;
  }

  int count() {
    return count;
  }

  int slot(int position) {
    return slots[position];
  }

  /** Adds the row of a slot unless it is one of these. */
  void add(int slot) {
    int position = store.position(slot);
    // What an earlier batch left there is told apart by the slot that now has the position.
    if (position < count && slots[position] == slot) {
      return;
    }
    if (count == slots.length) {
      slots = Arrays.copyOf(slots, Math.max(64, count + count / 2));
    }
    store.setPosition(slot, count);
    slots[count++] = slot;
  }

  /** Makes room for the gradients of the rows added so far, and zeroes it. */
  void clearGradients() {
    for (int view = 0; view < gradients.length; view++) {
      int size = Math.multiplyExact(count, gradientWidth(view));
      if (gradients[view].length < size) {
        gradients[view] = new float[size + size / 4];
      }
      Arrays.fill(gradients[view], 0, size, 0f);
    }
  }

  RowLayout layout() {
    return layout;
  }

  int views() {
    return gradients.length;
  }

  int gradientWidth(int view) {
    return layout.width(view) * layout.slots(view);
  }

  float[] gradients(int view) {
    return gradients[view];
  }

  /** Adds one thread's gradient of a row: [width] from {@code offset} on. */
  void addGradient(int slot, int view, int task, float[] gradient, int offset) {
    int width = layout.width(view);
    int tasks = layout.slots(view);
    int to = store.position(slot) * width * tasks + task;
    if (tasks == 1) {
      Vectors.add(gradients[view], to, gradient, offset, width);
    } else {
      for (int i = 0; i < width; i++) {
        gradients[view][to + i * tasks] += gradient[offset + i];
      }
    }
  }

  /** Forgets the rows whose gradients are all zero. */
  void keepMoved() {
    int kept = 0;
    for (int position = 0; position < count; position++) {
      if (!moved(position)) {
        continue;
      }
      if (kept < position) {
        for (int view = 0; view < gradients.length; view++) {
          int width = gradientWidth(view);
          System.arraycopy(gradients[view], position * width, gradients[view], kept * width, width);
        }
        slots[kept] = slots[position];
        store.setPosition(slots[kept], kept);
      }
      kept++;
    }
    count = kept;
  }

  private boolean moved(int position) {
    for (int view = 0; view < gradients.length; view++) {
      int width = gradientWidth(view);
      if (anyNonzero(gradients[view], position * width, width)) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyNonzero(float[] values, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (values[i] != 0) {
        return true;
      }
    }
    return false;
  }
}
