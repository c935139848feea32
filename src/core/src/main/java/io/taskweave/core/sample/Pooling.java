package io.taskweave.core.sample;

/**
 * How the rows of a multi-valued field become one vector. An empty list becomes the zero vector in
 * both.
 */
public enum Pooling {
  MEAN,
  SUM
}
