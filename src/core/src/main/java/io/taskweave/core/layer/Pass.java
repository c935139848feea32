package io.taskweave.core.layer;

/**
 * One run of a model forward.
 *
 * @param training whether units and ids are hidden at random
 * @param key decides which: same key, same choice
 */
public record Pass(boolean training, long key) {
  public static final Pass SCORING = new Pass(false, 0);

  public static Pass training(long key) {
    return new Pass(true, key);
  }
}
