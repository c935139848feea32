package io.taskweave.engine.sharded;

import io.taskweave.core.random.CounterRandom;

/** Which shard owns a row. */
final class Owner {
  private static final long SALT = CounterRandom.hash("row owner");

  private Owner() {}

  static long key(String table) {
    return CounterRandom.mix(SALT, CounterRandom.hash(table));
  }

  static int of(long tableKey, long id, int shards) {
    return (int) ((CounterRandom.mix(tableKey, id) >>> 1) % shards);
  }
}
