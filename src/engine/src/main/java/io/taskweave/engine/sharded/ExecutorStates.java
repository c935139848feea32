package io.taskweave.engine.sharded;

import io.taskweave.core.error.RetryException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The states that live in this process, by training and partition. A state that is missing or
 * stands at another step is never made anew in silence.
 */
final class ExecutorStates {
  private static final Map<String, ExecutorState> STATES = new ConcurrentHashMap<>();

  private ExecutorStates() {}

  /** Names of the states that this process holds: training, slash, partition. */
  static Set<String> held() {
    return Set.copyOf(STATES.keySet());
  }

  private static String key(String training, int partition) {
    return training + "/" + partition;
  }

  static void put(String training, int partition, ExecutorState state) {
    ExecutorState before = STATES.put(key(training, partition), state);
    if (before != null) {
      before.close();
    }
  }

  /**
   * @param step finished steps that the caller knows of
   * @throws RetryException if this process does not hold the state, or one of another step
   */
  static ExecutorState require(String training, int partition, long step) {
    ExecutorState state = STATES.get(key(training, partition));
    if (state == null || state.stepsDone() != step) {
      throw new RetryException(
          "Cannot go on training: the state of part "
              + partition
              + " was lost ("
              + (state == null ? "none here" : "here are " + state.stepsDone() + " steps")
              + " at step "
              + step
              + "), resume from the last checkpoint");
    }
    return state;
  }

  /**
   * Any state of a training that this process holds.
   *
   * @param step finished steps that the caller knows of
   * @throws RetryException if it holds none of this step
   */
  static ExecutorState any(String training, long step) {
    for (Map.Entry<String, ExecutorState> held : STATES.entrySet()) {
      if (held.getKey().startsWith(training + "/") && held.getValue().stepsDone() == step) {
        return held.getValue();
      }
    }
    throw new RetryException(
        "Cannot go on training: no part of it lives in an executor (at step "
            + step
            + "), resume from the last checkpoint");
  }

  static void remove(String training, int partition) {
    ExecutorState state = STATES.remove(key(training, partition));
    if (state != null) {
      state.close();
    }
  }
}
