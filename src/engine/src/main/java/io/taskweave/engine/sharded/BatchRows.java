package io.taskweave.engine.sharded;

/**
 * The rows of one table that one thread's part of a batch reads, ordered by the shards that own
 * them: what a shard must know of that thread, whether it runs here or in another executor.
 */
interface BatchRows {
  /** Rows that are wanted of a shard. */
  int wanted(int shard);

  /** Number of the i-th row that is wanted of a shard. */
  int number(int shard, int i);

  long id(int number);

  /** Takes in the weights of a row: those of all views, from {@code offset} on. */
  void putWeights(int number, float[] page, int offset);

  /** Gradient of a view: [numbers, width]. */
  float[] gradient(int view, int slot);

  /** Gradient of a view by one task alone, in a step that probes it: [numbers, width]. */
  float[] probe(int view, int task);
}
