package io.taskweave.core.parameter;

import java.io.Serializable;

/**
 * A flat vector in which every shared weight has one place a task, its slots, for gradients that
 * must not be summed over tasks; a weight of one task has one place. An engine that knows nothing
 * of tasks adds up, cuts and sends such a vector as any other.
 *
 * <p>In a vector of gradients the slots of a weight lie beside each other: shared weight e of task
 * t at {@code e * tasks + t}, then the weights of one task, then padding, so that the vector
 * divides into equal parts that cut no weight. In the vector of weights, which has the same size
 * and the same parts, each part begins with its shared weights one after the other; the rest of
 * their slots is unused. So a part's weights, and with one part all of them, lie as a product wants
 * them.
 *
 * @param tasks slots of a shared weight, at least 1
 * @param shared weights that several tasks reach
 * @param single weights with one slot
 * @param parts equal parts that an engine cuts the vector into, at least 1
 */
public record GradientSlots(int tasks, int shared, int single, int parts) implements Serializable {
  public GradientSlots {
    if (tasks < 1 || shared < 0 || single < 0 || parts < 1) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot lay out slots: need tasks and parts of at least 1 and no negative count"
                  + " (%d tasks, %d shared, %d single, %d parts)",
              tasks, shared, single, parts));
    }
    long size = padded(tasks, shared, single, parts);
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "Cannot lay out slots: more places than an array has (" + size + "), share less");
    }
  }

  private static long padded(int tasks, int shared, int single, int parts) {
    long filled = (long) tasks * shared + single;
    long unit = (long) tasks * parts;
    return (filled + unit - 1) / unit * unit;
  }

  /** Weights of the model. */
  public int weights() {
    return shared + single;
  }

  /** Places of the vector, padding included. */
  public int size() {
    return (int) padded(tasks, shared, single, parts);
  }

  /** Places of each part. */
  public int partSize() {
    return size() / parts;
  }

  /** Place of a weight's gradient. */
  public int gradientPlace(int weight, int task) {
    return weight < shared ? weight * tasks + task : shared * (tasks - 1) + weight;
  }

  /** Place of a weight. */
  public int weightPlace(int weight) {
    if (weight >= shared) {
      return gradientPlace(weight, 0);
    }
    int perPart = partSize() / tasks;
    int part = weight / perPart;
    return part * partSize() + weight - part * perPart;
  }

  /** Weights from this one on, itself included, that lie one after the other. */
  public int contiguous(int weight) {
    if (weight >= shared) {
      return weights() - weight;
    }
    int perPart = partSize() / tasks;
    return Math.min(shared, (weight / perPart + 1) * perPart) - weight;
  }

  /** What one part holds. */
  public Part part(int index) {
    int start = index * partSize();
    int end = start + partSize();
    int slots = shared * tasks;
    int firstShared = Math.min(start, slots) / tasks;
    int firstSingle = Math.min(Math.max(start - slots, 0), single);
    return new Part(
        firstShared,
        Math.min(end, slots) / tasks - firstShared,
        shared + firstSingle,
        Math.min(Math.max(end - slots, 0), single) - firstSingle,
        Math.max(0, slots - start));
  }

  /**
   * One part.
   *
   * @param firstShared its first shared weight
   * @param shared number of its shared weights; their places start where the part starts
   * @param firstSingle its first weight of one task
   * @param single number of these
   * @param singleOffset places of the part before them
   */
  public record Part(int firstShared, int shared, int firstSingle, int single, int singleOffset) {}

  /**
   * Copies weights into the vector of weights.
   *
   * @param weights all of them, from 0 on
   */
  public void putWeights(float[] weights, float[] vector, int offset) {
    for (int weight = 0; weight < weights(); ) {
      int count = contiguous(weight);
      System.arraycopy(weights, weight, vector, offset + weightPlace(weight), count);
      weight += count;
    }
  }

  /** Copies weights out of the vector of weights. */
  public void copyWeights(
      float[] vector, int offset, int firstWeight, float[] target, int targetOffset, int length) {
    for (int done = 0; done < length; ) {
      int weight = firstWeight + done;
      int count = Math.min(contiguous(weight), length - done);
      System.arraycopy(vector, offset + weightPlace(weight), target, targetOffset + done, count);
      done += count;
    }
  }

  /** All weights of a vector, one after the other. */
  public float[] weights(float[] vector, int offset) {
    float[] weights = new float[weights()];
    copyWeights(vector, offset, 0, weights, 0, weights.length);
    return weights;
  }

  /**
   * Adds a task's gradient of consecutive weights.
   *
   * @param gradient from {@code gradientOffset} on
   */
  public void addGradient(
      int task,
      int firstWeight,
      float[] gradient,
      int gradientOffset,
      int length,
      float[] vector,
      int offset) {
    for (int i = 0; i < length; i++) {
      vector[offset + gradientPlace(firstWeight + i, task)] += gradient[gradientOffset + i];
    }
  }
}
