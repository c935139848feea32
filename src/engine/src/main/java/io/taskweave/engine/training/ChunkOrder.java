package io.taskweave.engine.training;

import io.taskweave.core.random.CounterRandom;

/**
 * Which chunk and which of its steps comes when in an epoch.
 *
 * @param chunks numbers of the chunks by their position in the epoch
 * @param starts first step of each, and the number of steps at the end
 */
@SuppressWarnings("ArrayRecordComponent")
record ChunkOrder(int[] chunks, int[] starts) {
  /**
   * @param steps of each chunk, by its number
   */
  static ChunkOrder of(long seed, int epoch, int[] steps) {
    int[] chunks = permutation(seed, epoch, steps.length);
    int[] starts = new int[chunks.length + 1];
    for (int position = 0; position < chunks.length; position++) {
      starts[position + 1] = starts[position] + steps[chunks[position]];
    }
    return new ChunkOrder(chunks, starts);
  }

  /** Numbers of the chunks in the order of an epoch. */
  static int[] permutation(long seed, int epoch, int chunks) {
    long key =
        CounterRandom.mix(CounterRandom.mix(seed, CounterRandom.hash("order of chunks")), epoch);
    int[] order = new int[chunks];
    for (int i = 0; i < chunks; i++) {
      order[i] = i;
    }
    for (int i = chunks - 1; i > 0; i--) {
      int other = (int) (CounterRandom.uniform(key, i) * (i + 1));
      int chunk = order[i];
      order[i] = order[other];
      order[other] = chunk;
    }
    return order;
  }

  /** Position of the chunk that a step of the epoch takes its samples from. */
  int position(int step) {
    int position = 0;
    while (starts[position + 1] <= step) {
      position++;
    }
    return position;
  }

  int steps(int position) {
    return starts[position + 1] - starts[position];
  }
}
