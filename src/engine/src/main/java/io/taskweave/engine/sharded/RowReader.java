package io.taskweave.engine.sharded;

/**
 * Reads rows of this executor as they stand after the last step, for validation and export; one
 * thread's own.
 */
final class RowReader {
  private final ExecutorState state;
  private final MissedSteps replay;
  private final float[][] rows;
  private final long[] ownerKeys;

  RowReader(ExecutorState state) {
    this.state = state;
    this.replay = new MissedSteps(state.plan(), state.rates());
    this.rows = new float[state.tables().size()][];
    this.ownerKeys = new long[rows.length];
    for (int table = 0; table < rows.length; table++) {
      rows[table] = new float[state.tables().get(table).floats()];
      ownerKeys[table] = Owner.key(state.tables().get(table).table());
    }
  }

  /** Whether this executor owns a row. */
  boolean owns(int table, long id) {
    return state.ownShard(Owner.of(ownerKeys[table], id, state.plan().shards())) != null;
  }

  /** A row's weights and accumulators; the array is reused. */
  float[] read(int table, long id) {
    int shard = Owner.of(ownerKeys[table], id, state.plan().shards());
    state.ownShard(shard).peek(table, id, state.stepsDone(), replay, rows[table]);
    return rows[table];
  }
}
