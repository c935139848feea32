package io.taskweave.core.progress;

/** Receives how far some work is. Called often and from one thread; it must be cheap. */
@FunctionalInterface
public interface Progress {
  Progress NONE = (what, done, total) -> {};

  /**
   * @param what the work, in a few words
   * @param done units finished so far
   * @param total units in all; 0 if unknown
   */
  void update(String what, long done, long total);
}
