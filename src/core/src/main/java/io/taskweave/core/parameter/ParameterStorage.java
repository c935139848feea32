package io.taskweave.core.parameter;

import java.util.Arrays;

/**
 * Where the values (or the gradients) of a model's parameters lie at the moment: an array and an
 * offset each. An engine binds it anew whenever it moves them, so a model never keeps an array of
 * it from one call to the next.
 */
public final class ParameterStorage {
  private final float[][] arrays;
  private final int[] offsets;

  public ParameterStorage(int parameters) {
    arrays = new float[parameters][];
    offsets = new int[parameters];
  }

  /** All parameters in one flat array, from {@code base} on. */
  public static ParameterStorage flat(ParameterLayout layout, float[] values, int base) {
    ParameterStorage storage = new ParameterStorage(layout.count());
    for (int i = 0; i < layout.count(); i++) {
      storage.bind(i, values, base + layout.offset(i));
    }
    return storage;
  }

  public void bind(int index, float[] array, int offset) {
    arrays[index] = array;
    offsets[index] = offset;
  }

  public float[] array(int index) {
    return arrays[index];
  }

  public int offset(int index) {
    return offsets[index];
  }

  /** A storage with the same bindings, to be changed apart. */
  public ParameterStorage copy() {
    ParameterStorage copy = new ParameterStorage(arrays.length);
    System.arraycopy(arrays, 0, copy.arrays, 0, arrays.length);
    System.arraycopy(offsets, 0, copy.offsets, 0, offsets.length);
    return copy;
  }

  @Override
  public String toString() {
    return "ParameterStorage" + Arrays.toString(offsets);
  }
}
